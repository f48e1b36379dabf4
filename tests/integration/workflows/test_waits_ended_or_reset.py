"""Operators cancel, terminate or reset what waits for another system: each effect happens once."""

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from temporalio.client import WorkflowExecutionStatus

from domain.statuses import CancellationReason
from gateways.cards import ProviderUnavailableError
from gateways.carrier import CarrierUnavailableError
from tests.integration.workflows import operators
from tests.integration.workflows.audits import assert_consistent
from tests.integration.workflows.harness import Harness
from tests.integration.workflows.operators import Handle
from workflows.order import OrderWorkflow

Act = Callable[[Harness, Handle], Awaitable[None]]


@pytest.fixture(autouse=True)
async def audited(harness: Harness) -> AsyncIterator[None]:
    """The audit finds nothing after each of the tests."""
    yield
    await assert_consistent(harness)


async def cancel(_: Harness, workflow: Handle) -> None:
    await workflow.cancel()


async def terminate(harness: Harness, workflow: Handle) -> None:
    """An order goes on only after a reset, until which the audit names it."""
    await workflow.terminate("somebody pressed the button")
    if workflow.id.startswith("order/"):
        names_it = frozenset({"every_open_order_has_a_running_workflow"})
        await assert_consistent(harness, but_for=names_it)
        await operators.reset(harness.client, workflow, -1)


async def reset_first(harness: Harness, workflow: Handle) -> None:
    await operators.reset(harness.client, workflow, 0)


async def reset_last(harness: Harness, workflow: Handle) -> None:
    """Of an order that waits for its carrier, and of a refund: after the charge."""
    await operators.reset(harness.client, workflow, -1)


ENDS = {
    "ship_goods": {cancel: CancellationReason.CANCELED_BY_CUSTOMER},
    "charge_card": {terminate: CancellationReason.PAYMENT_CANCELED},
    "refund_card": dict.fromkeys(
        (cancel, terminate, reset_first, reset_last), CancellationReason.GOODS_UNAVAILABLE
    ),
}
"""Why orders are not fulfilled, by the activity that waits; the others are fulfilled.

A cancellation interrupts no charge: if that succeeds, the payment is received.
"""


def _no_provider(*_: object) -> None:
    raise ProviderUnavailableError("the card provider can't be reached")


def _no_carrier(*_: object) -> None:
    raise CarrierUnavailableError


@pytest.mark.parametrize("act", [cancel, terminate, reset_first, reset_last])
@pytest.mark.parametrize("activity", ENDS)
async def test_a_wait_is_ended_or_reset(
    harness: Harness, monkeypatch: pytest.MonkeyPatch, activity: str, act: Act
) -> None:
    with monkeypatch.context() as outage:
        outage.setattr(harness.cards, "refund", _no_provider)
        if activity == "charge_card":
            outage.setattr(harness.cards, "charge", _no_provider)
        outage.setattr(harness.carrier, "book", _no_carrier)
        stock = 0 if activity == "refund_card" else 5
        order = await harness.place_order(harness.customer("pm_good"), stock=stock)
        waits: Handle = {
            "ship_goods": order,
            "charge_card": harness.payment_of(order),
            "refund_card": harness.refund_of(order),
        }[activity]
        await harness.comes_to_wait_for(waits, activity)
        await act(harness, waits)

    latest = harness.client.get_workflow_handle_for(OrderWorkflow.run, order.id)
    reason = ENDS[activity].get(act)
    assert (await latest.result()).reason is reason
    assert (await latest.describe()).status is WorkflowExecutionStatus.COMPLETED
    payment = harness.see(harness.payment_of(order))
    assert payment.charged == (0 if reason else 2500)
    assert len(harness.cards.asked) <= 1
    assert len(harness.cards.made) == (len(harness.cards.asked) if reason else 0)
    assert len(harness.carrier.booked) == (0 if reason else 1) or harness.carrier.recalled


@pytest.mark.parametrize("number", [0, -1])
@pytest.mark.parametrize("stock", [0, 5])
async def test_what_has_ended_is_reset(harness: Harness, stock: int, number: int) -> None:
    """A payment, and the refund of an order whose goods are unavailable."""
    order = await harness.place_order(harness.customer("pm_good"), stock=stock)
    await order.result()
    payment = harness.payment_of(order)
    seen, events = harness.see(payment), harness.events(payment)

    for ended in [payment, *([] if stock else [harness.refund_of(order)])]:
        latest = await operators.reset(harness.client, ended, number)
        await latest.result()

    assert (harness.see(payment), harness.events(payment)) == (seen, events)
    assert len(harness.cards.asked) == 1
    assert len(harness.cards.made) == (0 if stock else 1)
