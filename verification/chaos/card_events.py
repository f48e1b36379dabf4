"""Acts for customers who authenticate or dispute charges, and for banks that decide late."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable
from itertools import count
from typing import Any

import httpx

from verification.chaos.scenarios import BankOutcome
from verification.chaos.shop import TIMEOUT, ShopError

SECRET_KEY = "sk_test_simulator"  # noqa: S105  the simulator's  # nosec B105
PAUSE, POLL_INTERVAL = 0.5, 0.05
"""Seconds between two attempts; between two searches for a charge."""

_TO_AUTHENTICATE = {"authentication_required", "payment_intent_authentication_failure"}


class CardHolders:
    """The customers and banks of one card provider."""

    def __init__(
        self,
        url: str,
        outcome: Callable[[str], BankOutcome | None],
        webhooks_arrive: asyncio.Lock,
    ) -> None:
        """`outcome` returns the decision of a payment's bank; None: not known yet.

        What only a webhook reports waits for `webhooks_arrive`.
        """
        self._bank_outcome = outcome
        self._webhooks_arrive = webhooks_arrive
        self._saved_cards: dict[str, str] = {}
        self.late: set[str] = set()
        """The charges that were decided after they had been open."""
        self.done: Counter[str] = Counter()
        """What they did, and how often."""
        self._http = httpx.AsyncClient(
            base_url=url, auth=(SECRET_KEY, ""), timeout=30, trust_env=False
        )

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def authenticate(self, payment: str, *, succeeds: bool) -> None:
        """Authenticate the payment's charges that were declined for lack of authentication."""
        for intent in await self._to_authenticate(payment):
            self.late.add(intent)
            answer = await self._retried(
                "POST", f"/_customers/{intent}", json={"authenticates": succeeds}
            )
            in_time = "authenticated" if succeeds else "not authenticated"
            self.done[in_time if answer.is_success else "too late to authenticate"] += 1

    async def dispute(self, payment: str) -> None:
        """Dispute what the payment's card paid, or report it once more."""
        async with self._webhooks_arrive:
            for intent in await self._paid(payment):
                await self._retried(
                    "POST", f"/_disputes/{intent['id']}", json={"status": "needs_response"}
                )
                self.done["disputed"] += 1

    async def refund_by_hand(self, payment: str, amount: int) -> str | None:
        """Refund that part of the payment's charge in the dashboard; the refund's id.

        None if there is no charge, or less is left of it.
        """
        async with self._webhooks_arrive:
            for intent in await self._paid(payment):
                return await self._refund_by_hand(intent["id"], amount)
        return None

    async def fail_saved_card(self, customer: str, payment: str, code: str) -> None:
        """Decline the card with which the customer paid at the first attempt, from now on."""
        for intent in await self._paid(payment):
            if intent["metadata"]["attempt"] == "1":
                self._saved_cards[customer] = intent["payment_method"]
                await self._set_card(customer, code)

    async def restore_saved_card(self, customer: str) -> None:
        """Accept it again."""
        if customer in self._saved_cards:
            await self._set_card(customer, None)

    async def settle_refund(self, refund: str, *, fails: bool) -> bool:
        """The refund succeeds or fails, be it days later; returns whether it still could."""
        async with self._webhooks_arrive:
            answer = await self._retried("POST", f"/_refunds/{refund}", json={"fails": fails})
        return answer.is_success

    async def wait_for_charge(
        self, payment: str, condition: Callable[[], bool], limit: float
    ) -> None:
        """Wait until a charge needs authentication, the condition holds, or `limit` seconds."""
        end = time.monotonic() + limit
        while not condition() and time.monotonic() < end:
            if await self._to_authenticate(payment):
                return
            await asyncio.sleep(POLL_INTERVAL)

    async def decide(self) -> None:
        """Decide pending charges, each after its bank's delay; until canceled."""
        async with asyncio.TaskGroup() as tasks:
            while True:
                for intent in await self._search("status:'processing'"):
                    outcome = self._bank_outcome(intent["metadata"].get("payment", ""))
                    if outcome is not None and intent["id"] not in self.late:
                        self.late.add(intent["id"])
                        tasks.create_task(self._settle(intent["id"], outcome))
                await asyncio.sleep(PAUSE)

    async def _settle(self, intent: str, outcome: BankOutcome) -> None:
        await asyncio.sleep(outcome.after)
        answer = await self._retried("POST", f"/_bank/{intent}", json={"pays": outcome.pays})
        if answer.is_success:
            self.done[
                "approved late by the bank" if outcome.pays else "declined late by the bank"
            ] += 1

    async def _refund_by_hand(self, intent: str, amount: int) -> str | None:
        """Look what became of an error before the next attempt, whose key is a new one.

        The provider repeats even an error 500 for the key that first got it.
        """
        refund = {"payment_intent": intent, "amount": str(amount)}
        end, attempts = time.monotonic() + TIMEOUT, count(1)
        while time.monotonic() < end:
            key = {"Idempotency-Key": f"by-hand:{intent}:{next(attempts)}"}
            made = await self._answered("POST", "/v1/refunds", data=refund, headers=key)
            if not made.is_server_error:
                return made.json()["id"] if made.is_success else None
            listed = await self._retried("GET", f"/v1/refunds?payment_intent={intent}")
            by_hand = [one["id"] for one in listed.json()["data"] if not one["metadata"]]
            if by_hand:
                return by_hand[0]
            await asyncio.sleep(PAUSE)
        raise _unanswered("POST", "/v1/refunds")

    async def _set_card(self, customer: str, code: str | None) -> None:
        await self._retried(
            "POST", f"/_cards/{self._saved_cards[customer]}", json={"declines": code}
        )

    async def _paid(self, payment: str) -> list[dict[str, Any]]:
        """The payment's charges that succeeded; retried while the card provider is unavailable."""
        end = time.monotonic() + TIMEOUT
        while time.monotonic() < end:
            found = await self._search(f"metadata['payment']:'{payment}'")
            if found:
                return [one for one in found if one["status"] == "succeeded"]
            await asyncio.sleep(PAUSE)
        return []

    async def _to_authenticate(self, payment: str) -> list[str]:
        found = await self._search(f"metadata['payment']:'{payment}'")
        errors = {one["id"]: one["last_payment_error"] for one in found}
        return [id for id, error in errors.items() if error and error["code"] in _TO_AUTHENTICATE]

    async def _search(self, query: str) -> list[dict[str, Any]]:
        """The PaymentIntents found; none while the card provider is unavailable."""
        search = {"query": query, "limit": "100"}
        try:
            answer = await self._http.get("/v1/payment_intents/search", params=search)
        except httpx.TransportError:
            return []
        return answer.json()["data"] if answer.is_success else []

    async def _retried(self, method: str, path: str, **request: Any) -> httpx.Response:
        """Retry while something is unavailable. Raises ShopError after `TIMEOUT`."""
        end = time.monotonic() + TIMEOUT
        while time.monotonic() < end:
            answer = await self._answered(method, path, **request)
            if not answer.is_server_error:
                return answer
            await asyncio.sleep(PAUSE)
        raise _unanswered(method, path)

    async def _answered(self, method: str, path: str, **request: Any) -> httpx.Response:
        """Retry while there is no answer. Raises ShopError after `TIMEOUT`."""
        end = time.monotonic() + TIMEOUT
        while time.monotonic() < end:
            try:
                return await self._http.request(method, path, **request)
            except httpx.TransportError:
                await asyncio.sleep(PAUSE)
        raise _unanswered(method, path)


def _unanswered(method: str, path: str) -> ShopError:
    return ShopError(f"The card provider did not answer {method} {path} for {TIMEOUT:.0f} s")
