"""Customers' actions around a deadline, and whether they came in time."""

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
    """Counts the actions before and after deadlines."""

    def __init__(self, shop: Shop) -> None:
        """`shop` reads payments and moves their clocks."""
        self.ids: set[str] = set()
        """Payments whose clock was moved to shortly before their deadline."""
        self.done: Counter[str] = Counter()
        self._shop = shop

    async def approach(self, payment: str, lead: float) -> float | None:
        """Move the payment's clock to `lead` seconds before its deadline.

        Returns the deadline on our monotonic clock; None if the payment does not wait. As moving
        the clock takes time, the deadline is computed from the payment's clock afterwards.
        """
        waiting = await self._shop.payment(payment)
        if waiting["status"] != WAITING:
            return None
        days = (_left(waiting) - lead) / SECONDS_PER_DAY
        if days <= 0 or not await self._shop.fast_forward(payment, days):
            return None
        read_at = time.monotonic()
        waiting = await self._shop.payment(payment)
        if waiting["status"] != WAITING:
            self.done["over before any action"] += 1
            return None
        self.ids.add(payment)
        return read_at + _left(waiting)

    async def do(
        self, deadline: float, what: str, moment: float | None, action: Callable[[], Awaitable[Any]]
    ) -> None:
        """Act `moment` seconds after the deadline (negative: before); None: not at all."""
        if moment is None:
            return
        await asyncio.sleep(deadline + moment - time.monotonic())
        await action()
        in_time = time.monotonic() <= deadline
        self.done[f"{what} {'before' if in_time else 'after'} the deadline"] += 1


def _left(payment: dict[str, Any]) -> float:
    """Seconds to the deadline on the payment's own clock."""
    left = datetime.fromisoformat(payment["deadline"]) - datetime.fromisoformat(payment["now"])
    return left.total_seconds()
