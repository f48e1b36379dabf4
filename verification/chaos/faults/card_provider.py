"""What the card provider decides later, and how it tells of it."""

import asyncio
import time
from collections.abc import Mapping
from typing import Any

from verification.chaos.faults.simulators import EFFECT_LIMIT, simulator_client

NO_FAULTS: Mapping[str, Any] = {}

POLL_INTERVAL = 0.2


class CardProvider:
    """Controls the simulator's banks and webhooks."""

    def __init__(self, url: str) -> None:
        """`url` is the simulator's."""
        self._url = url

    async def slow_banks(self, seconds: float) -> int:
        """Leave charges pending for `seconds`, or longer until there is one; returns how many."""
        seen: set[str] = set()
        began = time.monotonic()
        await self._post("/_bank", {"takes_its_time": True})
        while time.monotonic() < began + (seconds if seen else EFFECT_LIMIT):
            await asyncio.sleep(POLL_INTERVAL)
            seen |= await self._pending()
        await self._post("/_bank", {"takes_its_time": False})
        return len(seen)

    async def webhooks(self, switches: Mapping[str, Any]) -> int:
        """Set the switches; returns how many webhooks were to be sent before."""
        return len((await self._post("/_webhooks", switches))["events"])

    async def wait_for_webhooks(self, than: int) -> None:
        """Wait until more webhooks are to be sent, up to the limit."""
        end = time.monotonic() + EFFECT_LIMIT
        async with simulator_client(self._url) as http:
            while time.monotonic() < end:
                answer = (await http.get("/_webhooks")).raise_for_status().json()
                if len(answer["events"]) > than:
                    return
                await asyncio.sleep(POLL_INTERVAL)

    async def _pending(self) -> set[str]:
        search = {"query": "status:'processing'", "limit": "100"}
        async with simulator_client(self._url) as http:
            answer = await http.get("/v1/payment_intents/search", params=search)
        return {one["id"] for one in answer.raise_for_status().json()["data"]}

    async def _post(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        async with simulator_client(self._url) as http:
            answer = await http.post(path, json=dict(body))
        return answer.raise_for_status().json()
