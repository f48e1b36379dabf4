"""The load: errands are played side by side while faults are injected, and then the quiet time."""

import asyncio
import time
from collections.abc import Callable, Iterator

from verification.chaos.customers import Customers
from verification.chaos.faults import Injector
from verification.chaos.plan import Plan
from verification.chaos.progress import Progress
from verification.chaos.scenarios import Errand
from verification.chaos.watch import Seen, Watch

CONCURRENCY = 20
"""Errands under way at any time."""

AHEAD = 25
"""Orders that are placed at the most while a fault that is due has not begun."""

QUIET_PATIENCE = 120.0
"""Seconds without any order getting on, after which those under way count as lost."""

RESCUERS = 8
LOOK = 0.5
"""Seconds between two looks for what waits."""


class Gate:
    """Holds back orders while faults are behind, and faults while orders are."""

    def __init__(self, plan: Plan) -> None:
        """Nothing is placed yet."""
        self._due = [planned.after for planned in plan.faults]
        self._begun = 0
        self.accepted = 0
        self._news = asyncio.Event()

    def accept(self) -> None:
        """One more order was accepted."""
        self.accepted += 1
        self._tell()

    async def fault(self, after: int) -> None:
        """Returns when so many orders were accepted; then the next fault is no longer due."""
        await self._until(lambda: self.accepted >= after)

    def begun(self) -> None:
        """The next fault has begun."""
        self._begun += 1
        self._tell()

    async def order(self, number: int) -> None:
        """Returns when the order of that number may be placed."""
        await self._until(
            lambda: self._begun == len(self._due) or number <= self._due[self._begun] + AHEAD
        )

    def _tell(self) -> None:
        self._news.set()
        self._news = asyncio.Event()

    async def _until(self, condition: Callable[[], bool]) -> None:
        while not condition():
            await self._news.wait()


async def play(
    plan: Plan, gate: Gate, customers: Customers, injector: Injector, progress: Progress
) -> None:
    """Every errand and every fault of the plan."""
    errands = iter(plan.errands)
    with progress.phase("orders", plan.orders) as bar:
        async with asyncio.TaskGroup() as tasks:
            for _ in range(CONCURRENCY):
                tasks.create_task(_errands(errands, gate, customers, bar))
            tasks.create_task(_faults(plan, gate, injector, progress))


async def _errands(
    errands: Iterator[Errand], gate: Gate, customers: Customers, advance: Callable[[int], None]
) -> None:
    for errand in errands:
        await gate.order(errand.orders[0].number)
        await customers.play(errand)
        advance(len(errand.orders))


async def _faults(plan: Plan, gate: Gate, injector: Injector, progress: Progress) -> None:
    for planned in plan.faults:
        await gate.fault(planned.after)
        progress.say(f"after {planned.after} orders: {planned.fault}")
        gate.begun()
        await injector.inject(planned.fault)


async def quiet(watch: Watch, customers: Customers, progress: Progress) -> list[str]:
    """Wait until everything is over, ending what waits; the ids of what does not get on."""
    for id, order in customers.ids.items():
        watch.add(id, alone=order.policy is None)
    last: dict[str, Seen] = {}
    still_since = time.monotonic()
    open_at_first = [id for id, seen in watch.items() if not seen.is_over]
    with progress.phase("quiet time: orders to end", len(open_at_first)) as advance:
        left = open_at_first
        while left:
            await asyncio.sleep(LOOK)
            now = {id: seen for id, seen in watch.items() if not seen.is_over}
            advance(len(left) - len(now))
            left = list(now)
            if now != last:
                last, still_since = now, time.monotonic()
            elif time.monotonic() - still_since > QUIET_PATIENCE:
                break
            await _rescue([id for id, seen in now.items() if seen.awaits_card], customers)
    return left


async def _rescue(ids: list[str], customers: Customers) -> None:
    some = asyncio.Semaphore(RESCUERS)

    async def one(id: str) -> None:
        async with some:
            await customers.rescue(id)

    await asyncio.gather(*map(one, ids))
