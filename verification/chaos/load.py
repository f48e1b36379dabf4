"""Plays scenarios while faults are injected and operators act, then waits for all orders to end."""

import asyncio
import time
from collections.abc import Callable, Iterator

from verification.chaos.customers import Customers
from verification.chaos.faults import Injector
from verification.chaos.interventions import Interventions
from verification.chaos.order_monitor import Observation, OrderMonitor
from verification.chaos.plan import Plan
from verification.chaos.run_progress import Progress
from verification.chaos.scenarios import Scenario

CONCURRENCY = 20
"""Scenarios under way at any time."""

AHEAD = 25
"""How many orders may be placed while a due fault has not begun."""

STALL_LIMIT = 120.0
"""Seconds without progress of any order, after which the open ones count as lost."""

RESOLVED_AT_ONCE = 8
POLL_INTERVAL = 0.5
"""Seconds between two searches for waiting payments."""


class Gate:
    """Keeps orders, faults and interventions in step: each waits until the plan allows it."""

    def __init__(self, plan: Plan) -> None:
        """No order has been placed yet."""
        self._due = [planned.after for planned in plan.faults]
        self._begun = 0
        self.accepted = 0
        self._news = asyncio.Event()

    def accept(self) -> None:
        """Count an accepted order."""
        self.accepted += 1
        self._notify()

    async def reached(self, after: int) -> None:
        """Wait until `after` orders were accepted."""
        await self._wait_until(lambda: self.accepted >= after)

    def begun(self) -> None:
        """Count the next fault as begun."""
        self._begun += 1
        self._notify()

    async def order(self, number: int) -> None:
        """Wait until the order of that number may be placed."""
        await self._wait_until(
            lambda: self._begun == len(self._due) or number <= self._due[self._begun] + AHEAD
        )

    def _notify(self) -> None:
        self._news.set()
        self._news = asyncio.Event()

    async def _wait_until(self, condition: Callable[[], bool]) -> None:
        while not condition():
            await self._news.wait()


async def play(  # noqa: PLR0913, PLR0917  all that a plan has
    plan: Plan,
    gate: Gate,
    customers: Customers,
    injector: Injector,
    interventions: Interventions,
    progress: Progress,
) -> None:
    """Play every scenario, inject every fault and begin every intervention of the plan."""
    scenarios = iter(plan.scenarios)
    with progress.phase("orders", plan.orders) as bar:
        async with asyncio.TaskGroup() as tasks:
            for _ in range(CONCURRENCY):
                tasks.create_task(_scenarios(scenarios, gate, customers, bar))
            tasks.create_task(_faults(plan, gate, injector, progress))
            tasks.create_task(_interventions(plan, gate, interventions, progress))


async def _scenarios(
    scenarios: Iterator[Scenario], gate: Gate, customers: Customers, advance: Callable[[int], None]
) -> None:
    for scenario in scenarios:
        await gate.order(scenario.orders[0].number)
        await customers.play(scenario)
        advance(len(scenario.orders))


async def _faults(plan: Plan, gate: Gate, injector: Injector, progress: Progress) -> None:
    for planned in plan.faults:
        await gate.reached(planned.after)
        progress.print(f"after {planned.after} orders: {planned.fault}")
        gate.begun()
        await injector.inject(planned.fault)


async def _interventions(
    plan: Plan, gate: Gate, interventions: Interventions, progress: Progress
) -> None:
    for planned in plan.interventions:
        await gate.reached(planned.after)
        progress.print(f"after {planned.after} orders: {planned.intervention}")
        interventions.begin(planned.intervention)


async def quiet(
    monitor: OrderMonitor, customers: Customers, interventions: Interventions, progress: Progress
) -> list[str]:
    """Wait until all orders end, ending waiting payments; returns the ids of the lost ones.

    Operators act until then; what they have ended by force is put right when this returns.
    """
    for id, order in customers.ids.items():
        monitor.add(id, alone=order.policy is None)
    last: dict[str, Observation] = {}
    unchanged_since = time.monotonic()
    open_at_start = [id for id, seen in monitor.items() if not seen.is_over]
    with progress.phase("quiet time: orders to end", len(open_at_start)) as advance:
        left = open_at_start
        while left:
            await asyncio.sleep(POLL_INTERVAL)
            now = {id: seen for id, seen in monitor.items() if not seen.is_over}
            advance(len(left) - len(now))
            left = list(now)
            if now != last:
                last, unchanged_since = now, time.monotonic()
            elif time.monotonic() - unchanged_since > STALL_LIMIT:
                break
            await _resolve([id for id, seen in now.items() if seen.awaits_card], customers)
    await interventions.end()
    return left


async def _resolve(ids: list[str], customers: Customers) -> None:
    slots = asyncio.Semaphore(RESOLVED_AT_ONCE)

    async def one(id: str) -> None:
        async with slots:
            await customers.resolve(id)

    await asyncio.gather(*map(one, ids))
