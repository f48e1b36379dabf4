"""The switches by which the simulators misbehave."""

import asyncio
import time
from collections.abc import Mapping
from typing import Any

import httpx

from chaos.fault_kinds import Misbehave

FAULTS = "/_faults"
LIMIT = 20.0
"""Seconds that a fault waits for something to strike."""

POLL_INTERVAL = 0.1


class Switches:
    """The simulators by name; each has at most one fault in force."""

    def __init__(self, urls: Mapping[str, str]) -> None:
        """Nothing is switched yet."""
        self._urls = urls

    async def misbehave(self, fault: Misbehave) -> int:
        """How many requests it struck; 1 if it was in force for some seconds instead."""
        url = self._urls[fault.simulator] + FAULTS
        async with httpx.AsyncClient(trust_env=False) as http:
            (await http.post(url, json=dict(fault.switch))).raise_for_status()
            if "times" in fault.switch:
                # Those that are slowed go on being slow; the fault stays in force for them.
                return await _struck(http, url, int(fault.switch["times"]))
            await asyncio.sleep(fault.seconds)
            (await http.delete(url)).raise_for_status()
            return 1

    async def clear(self) -> None:
        """End every fault in force."""
        async with httpx.AsyncClient(trust_env=False) as http:
            for url in self._urls.values():
                (await http.delete(url + FAULTS)).raise_for_status()


async def _struck(http: httpx.AsyncClient, url: str, times: int) -> int:
    end = time.monotonic() + LIMIT
    while True:
        state: dict[str, Any] = (await http.get(url)).json()
        left = state["times_left"] or 0
        if not left or time.monotonic() > end:
            return times - left
        await asyncio.sleep(POLL_INTERVAL)
