"""People whom the card provider hears: customers who authenticate, banks that took their time."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

import httpx

from verification.chaos.scenarios import Verdict
from verification.chaos.shop import ShopError

SECRET_KEY = "sk_test_simulator"  # noqa: S105  the simulator's  # nosec B105
PATIENCE = 60.0
"""Seconds that they try again for while the card provider is away."""

PAUSE, LOOK = 0.5, 0.05
"""Seconds between two tries; between two looks for a charge."""

_WANTING = {"authentication_required", "payment_intent_authentication_failure"}


class CardPeople:
    """Customers and banks of one card provider."""

    def __init__(self, url: str, verdict: Callable[[str], Verdict | None]) -> None:
        """`verdict` tells what the bank of that payment comes to; None: not known yet."""
        self._verdict = verdict
        self._with_bank: set[str] = set()
        self.done: Counter[str] = Counter()
        """What they did, and how often."""
        self._http = httpx.AsyncClient(base_url=url, auth=(SECRET_KEY, ""), trust_env=False)

    async def close(self) -> None:
        """Ends the connections."""
        await self._http.aclose()

    async def authenticate(self, payment: str, *, succeeds: bool) -> None:
        """Whatever charges of it were declined for want of that; who comes too late is refused."""
        for intent in await self._wanting(payment):
            answer = await self._surely(f"/_customers/{intent}", {"authenticates": succeeds})
            in_time = "authenticated" if succeeds else "not authenticated"
            self.done[in_time if answer.is_success else "too late to authenticate"] += 1

    async def until_asked(self, payment: str, condition: Callable[[], bool], limit: float) -> None:
        """Wait until one of its charges wants that, or the condition holds, or `limit` seconds."""
        end = time.monotonic() + limit
        while not condition() and time.monotonic() < end:
            if await self._wanting(payment):
                return
            await asyncio.sleep(LOOK)

    async def decide(self) -> None:
        """What banks left undecided, each in its time; until canceled."""
        async with asyncio.TaskGroup() as tasks:
            while True:
                for intent in await self._found("status:'processing'"):
                    verdict = self._verdict(intent["metadata"].get("payment", ""))
                    if verdict is not None and intent["id"] not in self._with_bank:
                        self._with_bank.add(intent["id"])
                        tasks.create_task(self._settle(intent["id"], verdict))
                await asyncio.sleep(PAUSE)

    async def _settle(self, intent: str, verdict: Verdict) -> None:
        await asyncio.sleep(verdict.after)
        answer = await self._surely(f"/_bank/{intent}", {"pays": verdict.pays})
        if answer.is_success:
            self.done["the bank paid at last" if verdict.pays else "the bank declined at last"] += 1

    async def _wanting(self, payment: str) -> list[str]:
        found = await self._found(f"metadata['payment']:'{payment}'")
        errors = {one["id"]: one["last_payment_error"] for one in found}
        return [id for id, error in errors.items() if error and error["code"] in _WANTING]

    async def _found(self, query: str) -> list[dict[str, Any]]:
        """PaymentIntents; none while the card provider is away."""
        search = {"query": query, "limit": "100"}
        try:
            answer = await self._http.get("/v1/payment_intents/search", params=search)
        except httpx.TransportError:
            return []
        return answer.json()["data"] if answer.is_success else []

    async def _surely(self, path: str, body: Mapping[str, Any]) -> httpx.Response:
        """The first answer that is not about something being away. Raises ShopError."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            try:
                answer = await self._http.post(path, json=dict(body))
            except httpx.TransportError:
                pass
            else:
                if answer.status_code < HTTPStatus.INTERNAL_SERVER_ERROR:
                    return answer
            await asyncio.sleep(PAUSE)
        raise ShopError(f"The card provider did not answer POST {path} for {PATIENCE:.0f} s")
