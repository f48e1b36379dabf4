"""An order that an operator resets joins the payment and the refund that are already there."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import Connection

from domain.events import PaymentReceived
from domain.payment import PaymentEvent
from domain.statuses import CancellationReason, OrderPolicy, OrderStatus
from gateways.cards import ProviderUnavailableError
from storage import payments
from tests.integration.workflows.audits import assert_consistent
from tests.integration.workflows.harness import Harness, OrderHandle, PaymentHandle
from tests.integration.workflows.operators import reset, reset_points
from workflows.messages import OrderResult
from workflows.order import OrderWorkflow

POINTS = {
    OrderPolicy.CHARGE_FIRST: 2,
    OrderPolicy.CHARGE_BEFORE_SHIPPING: 3,
    OrderPolicy.CHARGE_LATER: 4,
}
"""How many points an order can be reset to while its payment waits for a card."""

EACH_POINT = [(policy, number) for policy, count in POINTS.items() for number in range(count)]

CAN_BE_CANCELED = [one for one in EACH_POINT if one[0] is not OrderPolicy.CHARGE_LATER]


@pytest.fixture(autouse=True)
async def audited(harness: Harness) -> AsyncIterator[None]:
    """The audit finds nothing after each of the tests."""
    yield
    await assert_consistent(harness)


async def waiting_order(harness: Harness, policy: OrderPolicy) -> tuple[OrderHandle, PaymentHandle]:
    """An order whose payment waits for a card."""
    order = await harness.place_order(harness.customer("pm_bad", balance=500), policy)
    payment = harness.payment_of(order)
    await harness.waiting(payment)
    await harness.idle(order)
    return order, payment


async def result(harness: Harness, order: OrderHandle) -> OrderResult:
    """Of the latest run."""
    latest = harness.client.get_workflow_handle_for(OrderWorkflow.run, order.id)
    return await latest.result()


@pytest.mark.parametrize(("policy", "number"), EACH_POINT)
async def test_a_new_card_fulfills_a_reset_order(
    harness: Harness, policy: OrderPolicy, number: int
) -> None:
    order, payment = await waiting_order(harness, policy)
    assert len(await reset_points(order)) == POINTS[policy]

    await reset(harness.client, order, number)
    await harness.update_card(payment, "pm_good")

    assert (await result(harness, order)).status is OrderStatus.FULFILLED
    assert len(harness.carrier.booked) == 1
    assert harness.see(payment).charged == 2000
    assert not harness.cards.refunds_requested


@pytest.mark.parametrize(("policy", "number"), CAN_BE_CANCELED)
async def test_a_reset_order_is_canceled(
    harness: Harness, policy: OrderPolicy, number: int
) -> None:
    order, payment = await waiting_order(harness, policy)

    latest = await reset(harness.client, order, number)
    await harness.comes_to_wait_for(latest, "look_up_end")
    await latest.execute_update("cancel_order")

    canceled = await result(harness, order)
    assert canceled.reason is CancellationReason.CANCELED_BY_CUSTOMER
    assert harness.events(payment)[-2:] == ["PaymentCanceled", "AmountCredited"]
    assert harness.carrier.booked == []


@pytest.mark.parametrize("policy", OrderPolicy)
async def test_a_reset_order_learns_that_its_payment_was_ended_by_force(
    harness: Harness, policy: OrderPolicy
) -> None:
    order, payment = await waiting_order(harness, policy)

    latest = await reset(harness.client, order, 0)
    await harness.comes_to_wait_for(latest, "look_up_end")
    await payment.terminate("somebody pressed the button")

    assert (await result(harness, order)).reason is CancellationReason.PAYMENT_CANCELED
    assert harness.events(payment)[-2:] == ["PaymentCanceled", "AmountCredited"]


@pytest.mark.parametrize("policy", OrderPolicy)
async def test_a_payment_that_was_ended_by_force_once_it_was_received_is_received(
    harness: Harness, monkeypatch: pytest.MonkeyPatch, policy: OrderPolicy
) -> None:
    order, payment = await waiting_order(harness, policy)
    record = payments.record

    def record_and_fail(
        tx: Connection, payment_id: str, event: PaymentEvent, *, number: int | str = 1
    ) -> bool:
        is_new = record(tx, payment_id, event, number=number)
        if isinstance(event, PaymentReceived):
            tx.commit()
            raise OSError("the connection is lost after the commit")
        return is_new

    monkeypatch.setattr(payments, "record", record_and_fail)
    await harness.update_card(payment, "pm_good")
    await harness.comes_to_wait_for(payment, "receive_payment")
    await payment.terminate("somebody pressed the button")

    assert (await result(harness, order)).status is OrderStatus.FULFILLED
    assert "PaymentReceived" in harness.events(order)
    assert not harness.cards.refunds_requested


@pytest.mark.parametrize("policy", OrderPolicy)
async def test_a_reset_order_follows_its_reset_payment(
    harness: Harness, policy: OrderPolicy
) -> None:
    order, payment = await waiting_order(harness, policy)

    latest = await reset(harness.client, order, 0)
    await harness.comes_to_wait_for(latest, "look_up_end")
    for number in (0, -1):
        await reset(harness.client, payment, number)
        await harness.idle(payment)
    await harness.update_card(payment, "pm_good")

    assert (await result(harness, order)).status is OrderStatus.FULFILLED
    assert len(harness.cards.asked) == 2


@pytest.mark.parametrize("number", [0, -1])
async def test_an_order_that_was_ended_by_force_goes_on_after_a_reset(
    harness: Harness, number: int
) -> None:
    """Its payment was canceled meanwhile, which no run of it was notified of."""
    order, payment = await waiting_order(harness, OrderPolicy.CHARGE_BEFORE_SHIPPING)

    await order.terminate("somebody pressed the button")
    await payment.result()
    await assert_consistent(harness, but_for=frozenset({"every_open_order_has_a_running_workflow"}))
    await reset(harness.client, order, number)

    assert (await result(harness, order)).reason is CancellationReason.PAYMENT_CANCELED
    assert harness.events(order)[-1] == "OrderNotFulfilled"


@pytest.mark.parametrize("policy", OrderPolicy)
async def test_an_order_is_fulfilled_once_wherever_it_is_reset_to(
    harness: Harness, policy: OrderPolicy
) -> None:
    order = await harness.place_order(harness.customer("pm_good"), policy)
    await order.result()
    events = harness.events(order)

    number = 0
    while number < len(await reset_points(harness.client.get_workflow_handle(order.id))):
        await reset(harness.client, order, number)
        assert (await result(harness, order)).status is OrderStatus.FULFILLED
        number += 1

    assert harness.events(order) == events
    assert len(harness.cards.asked) == 1
    assert len(harness.carrier.booked) == 1


async def test_a_refund_that_was_ended_by_force_begins_again(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as outage:
        outage.setattr(harness.cards, "refund", _unavailable)
        order = await harness.place_order(harness.customer("pm_good"), stock=0)
        refund = harness.refund_of(order)
        await harness.comes_to_wait_for(refund, "refund_card")
        await refund.terminate("somebody pressed the button")
        await harness.comes_to_wait_for(refund, "refund_card")

    assert (await order.result()).reason is CancellationReason.GOODS_UNAVAILABLE
    assert harness.see(harness.payment_of(order)).refunded == 2500
    assert len(harness.cards.made) == 1


@pytest.mark.parametrize("number", [0, -2, -1])
async def test_an_order_that_is_reset_while_it_is_undone_joins_its_refund(
    harness: Harness, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    with monkeypatch.context() as outage:
        outage.setattr(harness.cards, "refund", _unavailable)
        order = await harness.place_order(harness.customer("pm_good"), stock=0)
        await harness.comes_to_wait_for(harness.refund_of(order), "refund_card")
        await reset(harness.client, order, number)

    assert (await result(harness, order)).reason is CancellationReason.GOODS_UNAVAILABLE
    assert len(harness.cards.made) == 1


def _unavailable(*_: object) -> None:
    raise ProviderUnavailableError("the card provider can't be reached")
