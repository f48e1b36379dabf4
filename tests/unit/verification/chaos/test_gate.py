"""Orders and faults stay in step."""

import asyncio

import pytest

from verification.chaos.load import AHEAD, Gate
from verification.chaos.plan import Plan, make_plan

PLAN: Plan = make_plan(1, 300)
FIRST = PLAN.faults[0].after


@pytest.fixture
def gate() -> Gate:
    return Gate(PLAN)


async def passes(waiting: asyncio.Task[None]) -> bool:
    """Whether it finishes without waiting."""
    for _ in range(3):
        await asyncio.sleep(0)
    return waiting.done()


async def test_a_fault_waits_for_its_orders(gate: Gate) -> None:
    fault = asyncio.create_task(gate.reached(FIRST))
    for _ in range(FIRST - 1):
        gate.accept()
    assert not await passes(fault)

    gate.accept()

    assert await passes(fault)


async def test_orders_wait_for_a_due_fault(gate: Gate) -> None:
    await gate.order(FIRST + AHEAD)
    order = asyncio.create_task(gate.order(FIRST + AHEAD + 1))
    assert not await passes(order)

    gate.begun()

    assert await passes(order)


async def test_after_the_last_fault_no_order_waits(gate: Gate) -> None:
    for _ in PLAN.faults:
        gate.begun()

    await gate.order(PLAN.orders)
