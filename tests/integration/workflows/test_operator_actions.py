"""Whatever an operator does to what waits in Temporal, each order ends, with each effect once."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
from temporalio.client import Client, WorkflowExecutionStatus

from domain.statuses import CancellationReason, OrderStatus
from gateways.cards import ProviderUnavailableError
from gateways.carrier import CarrierUnavailableError
from tests.integration.workflows import operators
from tests.integration.workflows.audits import assert_consistent
from tests.integration.workflows.harness import TIMEOUT_SECONDS, Harness, OrderHandle
from tests.integration.workflows.operators import Handle
from workflows import steps
from workflows.names import CUSTOMER_ID
from workflows.order import OrderWorkflow

Action = Callable[[Client, Handle, str], Awaitable[None]]

ORDERS = 3
"""Of one customer, in a batch."""


@pytest.fixture(autouse=True)
async def audited(harness: Harness) -> AsyncIterator[None]:
    """The audit finds nothing after each of the tests."""
    yield
    await assert_consistent(harness)


def _no_provider(*_: object) -> None:
    raise ProviderUnavailableError("the card provider can't be reached")


def _no_carrier(*_: object) -> None:
    raise CarrierUnavailableError


WAITS = {"charge_card": "charge", "refund_card": "refund", "ship_goods": "book"}
"""Activities that wait for another system, and the gateway's method that fails meanwhile."""


async def pause_for_a_while(client: Client, workflow: Handle, activity: str) -> None:
    await operators.pause(client, workflow, activity)
    await operators.unpause(client, workflow, activity)


@pytest.mark.parametrize(
    "act", [pause_for_a_while, operators.reset_activity, operators.allow_one_attempt]
)
@pytest.mark.parametrize("activity", WAITS)
async def test_an_activity_that_waits_is_disturbed(
    harness: Harness, monkeypatch: pytest.MonkeyPatch, activity: str, act: Action
) -> None:
    monkeypatch.setattr(steps, "PAUSE", timedelta(milliseconds=50))
    stock = 0 if activity == "refund_card" else 5
    with monkeypatch.context() as outage:
        gateway = harness.carrier if activity == "ship_goods" else harness.cards
        fail = _no_carrier if activity == "ship_goods" else _no_provider
        outage.setattr(gateway, WAITS[activity], fail)
        order = await harness.place_order(harness.customer("pm_good"), stock=stock)
        waits = {
            "charge_card": harness.payment_of(order),
            "refund_card": harness.refund_of(order),
            "ship_goods": order,
        }[activity]
        await harness.comes_to_wait_for(waits, activity)
        await act(harness.client, waits, activity)
        # Its options are those of the step again, or it has begun with its first attempt again.
        await harness.comes_to_wait_for(waits, activity)

    result = await order.result()

    assert result.reason is (None if stock else CancellationReason.GOODS_UNAVAILABLE)
    payment = harness.see(harness.payment_of(order))
    assert (payment.charged, payment.refunded) == ((2500, 0) if stock else (0, 2500))
    assert len(harness.carrier.booked) == (1 if stock else 0)
    assert len(harness.cards.made) == (0 if stock else 1)


async def test_a_paused_activity_is_not_tried(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as outage:
        outage.setattr(harness.carrier, "book", _no_carrier)
        order = await harness.place_order(harness.customer("pm_good"))
        await harness.comes_to_wait_for(order, "ship_goods")
        await operators.pause(harness.client, order, "ship_goods")
    assert (await order.describe()).status is WorkflowExecutionStatus.RUNNING
    assert harness.carrier.booked == []

    await operators.unpause(harness.client, order, "ship_goods")

    assert (await order.result()).status is OrderStatus.FULFILLED


async def waiting_orders(harness: Harness) -> tuple[str, list[OrderHandle]]:
    """A query for one customer, and their orders, whose payments wait for a card."""
    customer = harness.customer("pm_bad", balance=500)
    orders = [await harness.place_order(customer) for _ in range(ORDERS)]
    for order in orders:
        await harness.waiting(harness.payment_of(order))
        await harness.idle(order)
    return f"{CUSTOMER_ID.name} = '{customer}' AND ExecutionStatus = 'Running'", orders


async def found(harness: Harness, query: str) -> None:
    """Return when Temporal's visibility, which is behind, finds them."""
    async with asyncio.timeout(TIMEOUT_SECONDS):
        while (await harness.client.count_workflows(query)).count < ORDERS:  # noqa: ASYNC110
            await asyncio.sleep(0.05)


async def latest(harness: Harness, order: OrderHandle) -> Any:
    """The result of its latest run."""
    return await harness.client.get_workflow_handle_for(OrderWorkflow.run, order.id).result()


async def test_a_batch_of_payments_is_reset(harness: Harness) -> None:
    query, orders = await waiting_orders(harness)
    payments = f"{query} AND WorkflowType = 'PaymentWorkflow'"
    await found(harness, payments)
    before = [(await harness.payment_of(order).describe()).run_id for order in orders]

    await operators.reset_all(harness.client, payments)
    for order, run in zip(orders, before, strict=True):
        payment = harness.payment_of(order)
        await new_run(harness, payment.id, run)
        await harness.update_card(payment, "pm_good")

    for order in orders:
        assert (await latest(harness, order)).status is OrderStatus.FULFILLED
    assert len(harness.carrier.booked) == ORDERS
    assert not harness.cards.refunds_requested


async def new_run(harness: Harness, id: str, former: str) -> None:
    """Return when the workflow's latest run is another one."""
    handle = harness.client.get_workflow_handle(id)
    async with asyncio.timeout(TIMEOUT_SECONDS):
        while (await handle.describe()).run_id == former:  # noqa: ASYNC110
            await asyncio.sleep(0.05)


async def test_a_batch_of_payments_is_terminated(harness: Harness) -> None:
    query, orders = await waiting_orders(harness)
    payments = f"{query} AND WorkflowType = 'PaymentWorkflow'"
    await found(harness, payments)

    await operators.terminate_all(harness.client, payments)

    for order in orders:
        assert (await latest(harness, order)).reason is CancellationReason.PAYMENT_CANCELED
    assert harness.carrier.booked == []
    assert not harness.cards.refunds_requested


@pytest.mark.parametrize("workflow_type", ["OrderWorkflow", "PaymentWorkflow"])
async def test_each_is_canceled(harness: Harness, workflow_type: str) -> None:
    _, orders = await waiting_orders(harness)
    for order in orders:
        await (order if workflow_type == "OrderWorkflow" else harness.payment_of(order)).cancel()

    for order in orders:
        assert (await latest(harness, order)).status is OrderStatus.NOT_FULFILLED
    assert harness.carrier.booked == []
