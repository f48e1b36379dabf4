"""The switches by which the simulators misbehave."""

import asyncio
import time
from collections import Counter
from collections.abc import Mapping
from typing import Any

import httpx

from verification.chaos.card_events import SECRET_KEY
from verification.chaos.fault_kinds import Misbehave

FAULTS = "/_faults"
LIMIT = 20.0
"""Seconds that a fault that has struck waits for more to strike."""

PATIENCE = 60.0
"""Seconds that a fault waits for anything to strike."""

POLL_INTERVAL = 0.1


def asking(url: str = "") -> httpx.AsyncClient:
    """For questions to a simulator, which may be starting again, on a machine with much to do."""
    return httpx.AsyncClient(
        base_url=url,
        auth=(SECRET_KEY, ""),
        timeout=30,
        transport=httpx.AsyncHTTPTransport(retries=6),
    )


class Switches:
    """The simulators by name; each has at most one fault in force."""

    def __init__(self, urls: Mapping[str, str]) -> None:
        """Nothing is switched yet."""
        self._urls = urls
        self._unspent: dict[str, tuple[str, int]] = {}
        self.late: Counter[str] = Counter()
        """By fault, requests that were struck when nobody waited for them any more."""

    async def misbehave(self, fault: Misbehave) -> int:
        """How many requests it struck; 1 if it was in force for some seconds instead.

        It stays in force until it has struck as often as it is to, or another takes its place.
        """
        url = self._urls[fault.simulator] + FAULTS
        async with asking() as http:
            await self._count_late(http, fault.simulator)
            (await http.post(url, json=dict(fault.switch))).raise_for_status()
            if "times" in fault.switch:
                times = int(fault.switch["times"])
                # Those that are slowed go on being slow; the fault stays in force for them.
                left = await _left(http, url, times)
                self._unspent[fault.simulator] = (str(fault), left)
                return times - left
            await asyncio.sleep(fault.seconds)
            (await http.delete(url)).raise_for_status()
            return 1

    async def clear(self) -> None:
        """End every fault in force."""
        async with asking() as http:
            for simulator, url in self._urls.items():
                await self._count_late(http, simulator)
                (await http.delete(url + FAULTS)).raise_for_status()

    async def _count_late(self, http: httpx.AsyncClient, simulator: str) -> None:
        fault, left = self._unspent.pop(simulator, ("", 0))
        if left:
            state = (await http.get(self._urls[simulator] + FAULTS)).json()
            if state["fault"] is not None:  # it forgets its fault when it is killed
                self.late[fault] += left - state["times_left"]


async def _left(http: httpx.AsyncClient, url: str, times: int) -> int:
    """How many requests are still to be struck, when all were or time is up."""
    began = time.monotonic()
    while True:
        state: dict[str, Any] = (await http.get(url)).json()
        left = int(state["times_left"] or 0)
        if not left or time.monotonic() > began + (PATIENCE if left == times else LIMIT):
            return left
        await asyncio.sleep(POLL_INTERVAL)
