"""What the card provider decides later, and how it tells of it."""

from collections.abc import Mapping
from typing import Any

import httpx

BEHAVING: Mapping[str, Any] = {}


class CardProvider:
    """The switches of the simulator that are no faults of its own."""

    def __init__(self, url: str) -> None:
        """Nothing is switched yet."""
        self._url = url

    async def slow_banks(self, *, on: bool) -> None:
        """From now on; what was left undecided stays so."""
        await self._post("/_bank", {"takes_its_time": on})

    async def webhooks(self, switches: Mapping[str, Any]) -> int:
        """How many were to be sent up to now; from now on the switches count."""
        return len((await self._post("/_webhooks", switches))["events"])

    async def _post(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        async with httpx.AsyncClient(base_url=self._url, trust_env=False) as http:
            answer = await http.post(path, json=dict(body))
        return answer.raise_for_status().json()
