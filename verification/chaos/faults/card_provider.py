"""What the card provider decides later, and how it tells of it."""

import asyncio
import time
from collections.abc import Mapping
from typing import Any

from verification.chaos.faults.simulators import PATIENCE, asking

BEHAVING: Mapping[str, Any] = {}

POLL_INTERVAL = 0.2


class CardProvider:
    """The switches of the simulator that are no faults of its own."""

    def __init__(self, url: str) -> None:
        """Nothing is switched yet."""
        self._url = url

    async def slow_banks(self, seconds: float) -> int:
        """How many charges banks left undecided meanwhile: for so long, or longer if none came."""
        seen: set[str] = set()
        began = time.monotonic()
        await self._post("/_bank", {"takes_its_time": True})
        while time.monotonic() < began + (seconds if seen else PATIENCE):
            await asyncio.sleep(POLL_INTERVAL)
            seen |= await self._undecided()
        await self._post("/_bank", {"takes_its_time": False})
        return len(seen)

    async def webhooks(self, switches: Mapping[str, Any]) -> int:
        """How many were to be sent up to now; from now on the switches count."""
        return len((await self._post("/_webhooks", switches))["events"])

    async def until_more_webhooks(self, than: int) -> None:
        """Wait until more are to be sent, or patience ends."""
        end = time.monotonic() + PATIENCE
        async with asking(self._url) as http:
            while time.monotonic() < end:
                told = (await http.get("/_webhooks")).raise_for_status().json()
                if len(told["events"]) > than:
                    return
                await asyncio.sleep(POLL_INTERVAL)

    async def _undecided(self) -> set[str]:
        search = {"query": "status:'processing'", "limit": "100"}
        async with asking(self._url) as http:
            answer = await http.get("/v1/payment_intents/search", params=search)
        return {one["id"] for one in answer.raise_for_status().json()["data"]}

    async def _post(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        async with asking(self._url) as http:
            answer = await http.post(path, json=dict(body))
        return answer.raise_for_status().json()
