"""Switches the simulators' faults on and off."""

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
"""Seconds that a fault waits for further requests after the first one."""

EFFECT_LIMIT = 60.0
"""Seconds that a fault waits for the first request."""

POLL_INTERVAL = 0.1


def simulator_client(url: str = "") -> httpx.AsyncClient:
    """Return a client for a simulator, which may be restarting on a busy machine."""
    return httpx.AsyncClient(
        base_url=url,
        auth=(SECRET_KEY, ""),
        timeout=30,
        transport=httpx.AsyncHTTPTransport(retries=6),
    )


class Switches:
    """The faults of all simulators; each has at most one in force."""

    def __init__(self, urls: Mapping[str, str]) -> None:
        """`urls` are those of the simulators, by name."""
        self._urls = urls
        self._unspent: dict[str, tuple[str, int]] = {}
        self.late: Counter[str] = Counter()
        """By fault, the requests it met after its wait had ended."""

    async def misbehave(self, fault: Misbehave) -> int:
        """Switch the fault on; returns the number of requests it met, 1 if it was timed.

        A counted fault stays in force until its count is used up or another fault replaces it.
        """
        url = self._urls[fault.simulator] + FAULTS
        async with simulator_client() as http:
            await self._count_late(http, fault.simulator)
            (await http.post(url, json=dict(fault.switch))).raise_for_status()
            if "times" in fault.switch:
                times = int(fault.switch["times"])
                # The fault stays in force for requests that are still being slowed.
                left = await _left(http, url, times)
                self._unspent[fault.simulator] = (str(fault), left)
                return times - left
            await asyncio.sleep(fault.seconds)
            (await http.delete(url)).raise_for_status()
            return 1

    async def clear(self) -> None:
        """End every fault in force."""
        async with simulator_client() as http:
            for simulator, url in self._urls.items():
                await self._count_late(http, simulator)
                (await http.delete(url + FAULTS)).raise_for_status()

    async def _count_late(self, http: httpx.AsyncClient, simulator: str) -> None:
        fault, left = self._unspent.pop(simulator, ("", 0))
        if left:
            state = (await http.get(self._urls[simulator] + FAULTS)).json()
            if state["fault"] is not None:  # a restarted simulator has no fault
                self.late[fault] += left - state["times_left"]


async def _left(http: httpx.AsyncClient, url: str, times: int) -> int:
    """Wait until the count is used up or the time is over; returns what is left of it."""
    began = time.monotonic()
    while True:
        state: dict[str, Any] = (await http.get(url)).json()
        left = int(state["times_left"] or 0)
        if not left or time.monotonic() > began + (EFFECT_LIMIT if left == times else LIMIT):
            return left
        await asyncio.sleep(POLL_INTERVAL)
