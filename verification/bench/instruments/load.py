"""A closed loop: a number of orders with a constant concurrency."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass

from verification.bench.errors import InvalidMeasurementError
from verification.bench.instruments.statistics import shares

ORDER_LIMIT = 120.0
"""Seconds; an order takes one or two, a slow one on a busy machine some ten."""


@dataclass(frozen=True)
class Load:
    """`orders` in all, spread over `rounds`, `concurrency` of them in progress at any time."""

    orders: int
    rounds: int
    concurrency: int

    def __iter__(self) -> Iterator[tuple[int, int]]:
        """The number of each round, from 1, and how many orders it has."""
        return enumerate(shares(self.orders, self.rounds), start=1)


async def carry_out(
    order: Callable[[], Awaitable[object]], count: int, concurrency: int, done: Callable[[], object]
) -> float:
    """Seconds from the start of the first order to the end of the last; calls `done` after each.

    Raises the error of the first order that fails, and InvalidMeasurementError if one does not end.
    """
    return await carry_out_turns(
        order, iter(range(count)), min(concurrency, count), done, ORDER_LIMIT
    )


async def carry_out_turns(
    order: Callable[[], Awaitable[object]],
    turns: Iterator[object],
    concurrency: int,
    done: Callable[[], object],
    limit: float,
) -> float:
    """As `carry_out`, an order for each of the `turns`, which may end when the load shall.

    Each order may take `limit` seconds.
    """

    async def lane() -> None:
        for _ in turns:  # shared: each lane takes the next turn when it is free
            try:
                async with asyncio.timeout(limit):
                    await order()
            except TimeoutError:
                message = f"an order did not end within {limit:.0f} s"
                raise InvalidMeasurementError(message) from None
            done()

    started = time.perf_counter()
    try:
        async with asyncio.TaskGroup() as lanes:
            for _ in range(concurrency):
                lanes.create_task(lane())
    except ExceptionGroup as failures:
        raise failures.exceptions[0] from None
    return time.perf_counter() - started
