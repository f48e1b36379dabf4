"""What customers do around a deadline, and who was first."""

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

from verification.chaos.shop import Shop

SECONDS_PER_DAY = 86_400
WAITING = "awaiting_card"


class Races:
    """Counts what was done in time, what was too late, and how the payments ended."""

    def __init__(self, shop: Shop) -> None:
        """Nothing raced yet."""
        self.ids: set[str] = set()
        """Payments that were brought before their deadline."""
        self.done: Counter[str] = Counter()
        self._shop = shop

    async def approach(self, payment: str, lead: float) -> float | None:
        """Its deadline on our monotonic clock, `lead` seconds away or less; None without any.

        Moving its clock takes a while: the deadline is where its clock says it is afterwards.
        """
        waiting = await self._shop.payment(payment)
        if waiting["status"] != WAITING:
            return None
        days = (_left(waiting) - lead) / SECONDS_PER_DAY
        if days <= 0 or not await self._shop.fast_forward(payment, days):
            return None
        asked = time.monotonic()
        waiting = await self._shop.payment(payment)
        if waiting["status"] != WAITING:
            self.done["over before anything was done"] += 1
            return None
        self.ids.add(payment)
        return asked + _left(waiting)

    async def do(
        self, deadline: float, what: str, moment: float | None, deed: Callable[[], Awaitable[Any]]
    ) -> None:
        """So many seconds after the deadline, or before it (negative); None: not at all."""
        if moment is None:
            return
        await asyncio.sleep(deadline + moment - time.monotonic())
        await deed()
        in_time = time.monotonic() <= deadline
        self.done[f"{what} {'before' if in_time else 'after'} the deadline"] += 1


def _left(payment: dict[str, Any]) -> float:
    """Seconds, on the payment's own clock."""
    left = datetime.fromisoformat(payment["deadline"]) - datetime.fromisoformat(payment["now"])
    return left.total_seconds()
