"""Whatever an operator does to what waits in Temporal, each order ends, with each effect once."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import timedelta

import pytest
from temporalio.api.enums.v1 import workflow_pb2
from temporalio.client import Client, WorkflowExecutionStatus
from temporalio.service import RPCError

from domain.statuses import CancellationReason, OrderPolicy, OrderStatus
from gateways.cards import ProviderUnavailableError
from gateways.carrier import CarrierUnavailableError
from tests.integration.workflows import operators
from tests.integration.workflows.audits import assert_consistent
from tests.integration.workflows.harness import TIMEOUT_SECONDS, Harness, OrderHandle
from tests.integration.workflows.operators import Handle
from workflows import steps
from workflows.messages import OrderResult, PaymentOutcome
from workflows.names import AWAITING_CARD, CUSTOMER_ID, ORDER_STATUS
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


async def test_a_workflow_is_not_paused(harness: Harness) -> None:
    """As Temporal comes. It stays so as long as the SDK does not know the status."""
    with pytest.raises(ValueError, match="8 is not a valid WorkflowExecutionStatus"):
        WorkflowExecutionStatus(workflow_pb2.WORKFLOW_EXECUTION_STATUS_PAUSED)
    payment = await harness.request_payment(harness.customer("pm_bad"))
    await harness.waiting(payment)

    with pytest.raises(RPCError, match="workflow pause is not enabled for namespace: default"):
        await operators.pause_workflow(harness.client, payment)

    await harness.update_card(payment, "pm_good")
    assert (await payment.result()).outcome is PaymentOutcome.RECEIVED


async def waiting_orders(
    harness: Harness, policy: OrderPolicy = OrderPolicy.CHARGE_FIRST
) -> tuple[str, list[OrderHandle]]:
    """A query for one customer, and their orders, whose payments wait for a card."""
    customer = harness.customer("pm_bad", balance=500)
    orders = [await harness.place_order(customer, policy) for _ in range(ORDERS)]
    for order in orders:
        await harness.waiting(harness.payment_of(order))
        await harness.idle(order)
    return f"{CUSTOMER_ID.name} = '{customer}'", orders


def payments_in(query: str) -> str:
    """Those of the query's workflows that are payments waiting for a card."""
    waiting = f"{AWAITING_CARD.name} = true AND ExecutionStatus = 'Running'"
    return f"{query} AND WorkflowType = 'PaymentWorkflow' AND {waiting}"


def orders_in(query: str, status: str) -> str:
    """Those of the query's workflows that are orders waiting for their payment."""
    waiting = f"{ORDER_STATUS.name} = 'awaiting_payment' AND ExecutionStatus = '{status}'"
    return f"{query} AND WorkflowType = 'OrderWorkflow' AND {waiting}"


async def found(harness: Harness, query: str) -> None:
    """Return when Temporal's visibility, which is behind, finds them."""
    async with asyncio.timeout(TIMEOUT_SECONDS):
        while (await harness.client.count_workflows(query)).count < ORDERS:  # noqa: ASYNC110
            await asyncio.sleep(0.05)


async def latest(harness: Harness, order: OrderHandle) -> OrderResult:
    """The result of its latest run."""
    return await harness.client.get_workflow_handle_for(OrderWorkflow.run, order.id).result()


async def batch_reset(harness: Harness, workflows: Sequence[Handle], query: str) -> None:
    """Reset what the query finds; return when each of the workflows has a new run."""
    await found(harness, query)
    handles = [harness.client.get_workflow_handle(one.id) for one in workflows]
    former = [(await one.describe()).run_id for one in handles]
    await operators.reset_all(harness.client, query)
    async with asyncio.timeout(TIMEOUT_SECONDS):
        for handle, run in zip(handles, former, strict=True):
            while (await handle.describe()).run_id == run:  # noqa: ASYNC110
                await asyncio.sleep(0.05)


async def test_a_batch_of_payments_is_reset(harness: Harness) -> None:
    query, orders = await waiting_orders(harness)
    payments = [harness.payment_of(order) for order in orders]

    await batch_reset(harness, payments, payments_in(query))
    for payment in payments:
        await harness.update_card(payment, "pm_good")

    for order in orders:
        assert (await latest(harness, order)).status is OrderStatus.FULFILLED
    assert len(harness.carrier.booked) == ORDERS
    assert not harness.cards.refunds_requested


async def test_a_batch_of_payments_is_terminated(harness: Harness) -> None:
    query, orders = await waiting_orders(harness)
    payments = payments_in(query)
    await found(harness, payments)

    await operators.terminate_all(harness.client, payments)

    for order in orders:
        assert (await latest(harness, order)).reason is CancellationReason.PAYMENT_CANCELED
    assert harness.carrier.booked == []
    assert not harness.cards.refunds_requested


@pytest.mark.parametrize("policy", OrderPolicy)
async def test_a_batch_of_orders_is_reset(harness: Harness, policy: OrderPolicy) -> None:
    query, orders = await waiting_orders(harness, policy)

    await batch_reset(harness, orders, orders_in(query, "Running"))
    for order in orders:
        await harness.update_card(harness.payment_of(order), "pm_good")

    for order in orders:
        assert (await latest(harness, order)).status is OrderStatus.FULFILLED
    seen = [harness.see(harness.payment_of(order)) for order in orders]
    assert [one.withdrawn + one.charged for one in seen] == [2500] * ORDERS
    assert len(harness.carrier.booked) == ORDERS
    assert len(harness.cards.asked) == 2 * ORDERS
    assert not harness.cards.refunds_requested


@pytest.mark.parametrize("policy", OrderPolicy)
async def test_a_batch_of_orders_is_terminated_and_goes_on_after_a_reset(
    harness: Harness, policy: OrderPolicy
) -> None:
    """The audit names them in between: nothing undoes what was done for them."""
    query, orders = await waiting_orders(harness, policy)
    await found(harness, orders_in(query, "Running"))

    await operators.terminate_all(harness.client, orders_in(query, "Running"))
    for order in orders:
        await harness.payment_of(order).result()
    await assert_consistent(harness, but_for=frozenset({"every_open_order_has_a_running_workflow"}))
    await batch_reset(harness, orders, orders_in(query, "Terminated"))

    for order in orders:
        assert (await latest(harness, order)).reason is CancellationReason.PAYMENT_CANCELED
        assert harness.events(order)[-1] == "OrderNotFulfilled"
    shipped = ORDERS if policy is OrderPolicy.CHARGE_LATER else 0
    assert len(harness.carrier.booked) == shipped
    assert not harness.cards.refunds_requested


@pytest.mark.parametrize("workflow_type", ["OrderWorkflow", "PaymentWorkflow"])
async def test_each_is_canceled(harness: Harness, workflow_type: str) -> None:
    _, orders = await waiting_orders(harness)
    for order in orders:
        await (order if workflow_type == "OrderWorkflow" else harness.payment_of(order)).cancel()

    for order in orders:
        assert (await latest(harness, order)).status is OrderStatus.NOT_FULFILLED
    assert harness.carrier.booked == []
