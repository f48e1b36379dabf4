"""OrderWorkflow in moments that are hard to hit from outside."""

import threading
from contextlib import AbstractContextManager

import pytest
from sqlalchemy import Connection
from temporalio import activity
from temporalio.client import WorkflowUpdateFailedError
from temporalio.exceptions import ApplicationError

from domain.events import OrderFulfilled, OrderNotFulfilled
from domain.order import SEQUENCES, SEQUENCES_OF_OLDER_ORDERS, Order, OrderEvent
from domain.payment import Payment
from domain.statuses import CancellationReason, OrderPolicy, OrderStatus, OrderStep, PaymentStatus
from gateways.cards import Charged, ChargeRequest, Declined
from storage import payments
from storage.database import Database
from tests.integration.workflows.harness import TIMEOUT_SECONDS, Harness
from tests.verification.replay.replayer import replay


def hold_at(
    event_type: type[OrderEvent], monkeypatch: pytest.MonkeyPatch
) -> tuple[threading.Event, threading.Event]:
    """What is set when such an event is about to be written, and what lets that go on."""
    begun, go_on = threading.Event(), threading.Event()
    after = Order.after

    def hold(self: Order, event: OrderEvent) -> Order:
        if isinstance(event, event_type):
            begun.set()
            assert go_on.wait(TIMEOUT_SECONDS)
        return after(self, event)

    monkeypatch.setattr(Order, "after", hold)
    return begun, go_on


@pytest.mark.parametrize("policy", OrderPolicy)
async def test_canceled_from_the_web_ui_is_canceled_by_the_customer(
    harness: Harness, policy: OrderPolicy
) -> None:
    order = await harness.place_order(harness.customer("pm_bad"), policy)
    payment = harness.payment_of(order)
    await harness.waiting(payment)

    await order.cancel()
    if policy is OrderPolicy.CHARGE_LATER:
        await harness.update_card(payment, "pm_good")

    result = await order.result()
    if policy is OrderPolicy.CHARGE_LATER:
        assert result.status is OrderStatus.FULFILLED
    else:
        assert result.reason is CancellationReason.CANCELED_BY_CUSTOMER
        assert harness.events(payment)[-1] == "PaymentCanceled"


async def test_canceled_twice_is_canceled_once(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, go_on = hold_at(OrderNotFulfilled, monkeypatch)  # an order that has ended takes no update
    order = await harness.place_order(harness.customer("pm_bad"))
    await harness.waiting(harness.payment_of(order))

    for _ in range(2):
        await order.execute_update("cancel_order")
    go_on.set()

    assert (await order.result()).reason is CancellationReason.CANCELED_BY_CUSTOMER
    assert harness.events(order) == ["OrderPlaced", "PaymentCanceled", "OrderNotFulfilled"]


async def test_what_is_on_its_way_is_not_canceled(harness: Harness) -> None:
    order = await harness.place_order(harness.customer("pm_bad"), OrderPolicy.CHARGE_LATER)
    payment = harness.payment_of(order)
    await harness.waiting(payment)

    with pytest.raises(WorkflowUpdateFailedError) as refused:
        await order.execute_update("cancel_order")
    await harness.update_card(payment, "pm_good")

    assert isinstance(refused.value.cause, ApplicationError)
    assert refused.value.cause.message == "The goods are on their way."
    assert (await order.result()).status is OrderStatus.FULFILLED


async def test_canceled_while_it_is_marked_fulfilled_stays_fulfilled(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever ends the workflow is refused by Temporal when there is news, and tried again."""
    begun, go_on = hold_at(OrderFulfilled, monkeypatch)
    order = await harness.place_order(harness.customer("pm_good"))
    await harness.until(begun.is_set)

    await order.cancel()
    go_on.set()

    assert (await order.result()).status is OrderStatus.FULFILLED
    assert harness.events(order)[-2:] == ["GoodsShipped", "OrderFulfilled"]


async def test_canceled_while_it_is_marked_not_fulfilled_keeps_its_reason(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, go_on = hold_at(OrderNotFulfilled, monkeypatch)
    customer = harness.customer("pm_good")
    order = await harness.place_order(customer, OrderPolicy.CHARGE_LATER, stock=0)
    await harness.until(begun.is_set)

    await order.cancel()
    go_on.set()

    assert (await order.result()).reason is CancellationReason.GOODS_UNAVAILABLE
    assert harness.events(order) == ["OrderPlaced", "GoodsUnavailable", "OrderNotFulfilled"]


async def test_no_event_of_an_order_is_older_than_the_one_before_it(harness: Harness) -> None:
    order = await harness.place_order(harness.customer("pm_bad"), OrderPolicy.CHARGE_LATER)
    payment = harness.payment_of(order)
    await harness.waiting(payment)
    await harness.fast_forward(payment, 14)
    await order.result()

    moments = harness.moments(order)
    assert moments == sorted(moments)
    assert (moments[-1] - moments[0]).days == 14


async def test_a_paid_order_takes_few_history_events(harness: Harness) -> None:
    order = await harness.place_order(harness.customer("pm_good"))
    await order.result()

    histories = [await handle.fetch_history() for handle in (order, harness.payment_of(order))]

    assert sum(len(history.events) for history in histories) <= 50


async def test_money_that_is_owed_is_given_back_whatever_the_provider_says(
    harness: Harness,
) -> None:
    harness.cards.refusals = 2
    order = await harness.place_order(harness.customer("pm_good"), stock=0)

    assert (await order.result()).reason is CancellationReason.GOODS_UNAVAILABLE
    assert len(harness.cards.refunds_requested) == 3
    assert harness.see(harness.payment_of(order)).status is PaymentStatus.REFUNDED


async def test_an_order_that_cost_nothing_has_nothing_to_refund(harness: Harness) -> None:
    order = await harness.place_order(harness.customer(None), stock=0, price=0)

    assert (await order.result()).reason is CancellationReason.GOODS_UNAVAILABLE
    assert harness.see(harness.payment_of(order)).status is PaymentStatus.RECEIVED


async def test_a_payment_that_was_ended_by_force_leaves_no_order_and_no_money_behind(
    harness: Harness,
) -> None:
    customer = harness.customer("pm_bad", balance=500)
    order = await harness.place_order(customer, OrderPolicy.CHARGE_LATER)
    payment = harness.payment_of(order)
    await harness.waiting(payment)

    await payment.terminate("somebody pressed the button")

    assert (await order.result()).reason is CancellationReason.PAYMENT_CANCELED
    assert harness.events(order)[-3:] == ["ShipmentRecalled", "GoodsReturned", "OrderNotFulfilled"]
    assert harness.balance(customer) == 500
    assert harness.see(payment).status is PaymentStatus.CANCELED


async def test_an_order_that_was_ended_by_force_has_its_payment_canceled(harness: Harness) -> None:
    customer = harness.customer("pm_bad", balance=500)
    order = await harness.place_order(customer)
    payment = harness.payment_of(order)
    await harness.waiting(payment)
    assert harness.balance(customer) == 0

    await order.terminate("somebody pressed the button")

    await harness.until(lambda: harness.balance(customer) == 500)
    await harness.until(lambda: harness.see(payment).status is PaymentStatus.CANCELED)


@pytest.mark.as_installed  # without a cache, a worker runs nothing beside a local activity
async def test_a_payment_ended_by_force_in_its_first_step_is_never_requested_later(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its worker stops in that step, and continues when the order has ended."""
    customer = harness.customer("pm_good", balance=500)
    begun, go_on, done = threading.Event(), threading.Event(), threading.Event()
    request = payments.request

    def late(tx: Connection, payment: Payment) -> None:
        request(tx, payment)
        if go_on.is_set():
            done.set()

    write = Database.write

    def hold(self: Database) -> AbstractContextManager[Connection]:
        requests = activity.in_activity() and activity.info().activity_type == "request_payment"
        if requests and not begun.is_set():
            begun.set()
            assert go_on.wait(TIMEOUT_SECONDS)
        return write(self)

    monkeypatch.setattr(Database, "write", hold)
    monkeypatch.setattr(payments, "request", late)
    order = await harness.place_order(customer)
    await harness.until(begun.is_set)

    await harness.payment_of(order).terminate("somebody pressed the button")
    assert (await order.result()).reason is CancellationReason.PAYMENT_CANCELED
    go_on.set()
    await harness.until(done.is_set)

    assert harness.events(harness.payment_of(order)) == ["PaymentRequested", "PaymentCanceled"]
    assert harness.see(harness.payment_of(order)).status is PaymentStatus.CANCELED
    assert harness.balance(customer) == 500


async def test_a_charge_under_way_when_its_payment_is_ended_by_force_is_refunded(
    harness: Harness,
) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def slow(charge: ChargeRequest) -> Charged:
        begun.set()
        assert go_on.wait(TIMEOUT_SECONDS)
        return Charged(charge_id=f"pi_{charge.payment_id}")

    harness.cards.answer = slow
    customer = harness.customer("pm_good", balance=500)
    order = await harness.place_order(customer)
    payment = harness.payment_of(order)
    await harness.until(begun.is_set)

    await payment.terminate("somebody pressed the button")
    go_on.set()

    assert (await order.result()).reason is CancellationReason.PAYMENT_CANCELED
    assert harness.events(payment)[-4:] == [
        *("CreditCardCharged", "PaymentCanceled"),
        *("CreditCardRefunded", "AmountCredited"),
    ]
    moments = harness.moments(payment)
    assert moments == sorted(moments)
    assert [refund.amount for refund in harness.cards.refunds_requested] == [2000]
    assert len({charge.key for charge in harness.cards.asked}) == 1
    assert harness.balance(customer) == 500


@pytest.mark.parametrize("authenticated", [True, False])
async def test_a_charge_left_open_when_its_payment_is_ended_by_force_is_closed(
    harness: Harness, *, authenticated: bool
) -> None:
    def leave_open(_: ChargeRequest) -> Declined:
        failed = Declined("authentication_required", "Please authenticate.", "pi_open")
        harness.cards.open["pi_open"] = Charged("pi_open") if authenticated else failed
        return failed

    harness.cards.answer = leave_open
    order = await harness.place_order(harness.customer("pm_good"))
    payment = harness.payment_of(order)
    await harness.until(lambda: bool(harness.cards.open))

    await payment.terminate("somebody pressed the button")

    assert (await order.result()).reason is CancellationReason.PAYMENT_CANCELED
    assert harness.see(payment).status is PaymentStatus.CANCELED
    assert harness.see(payment).charged == 0
    assert [refund.amount for refund in harness.cards.refunds_requested] == [2500] * authenticated
    assert isinstance(harness.cards.open["pi_open"], Charged) == authenticated


async def test_an_order_keeps_its_sequence_when_the_policies_change(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sequence travels in the order's input; its workflow and its row follow it."""
    order = await harness.place_order(harness.customer("pm_bad"), OrderPolicy.CHARGE_FIRST)
    payment = harness.payment_of(order)
    await harness.waiting(payment)

    changed = (OrderStep.GOODS, OrderStep.SHIPMENT, OrderStep.PAYMENT)
    monkeypatch.setitem(SEQUENCES, OrderPolicy.CHARGE_FIRST, changed)
    replayed = await replay(order.id, (await order.fetch_history()).to_json())
    assert replayed.failure is None
    await harness.update_card(payment, "pm_good")
    await order.result()

    assert harness.events(order) == [
        *("OrderPlaced", "PaymentReceived", "GoodsFetched", "GoodsShipped", "OrderFulfilled")
    ]


async def test_an_order_of_an_older_release_keeps_its_sequence_too(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without steps in its input, it follows a table of its own; if that changes, it deviates."""
    order = await harness.place_order(harness.customer("pm_good"), sequences={})
    await order.result()
    history = (await order.fetch_history()).to_json()

    changed = (OrderStep.GOODS, OrderStep.PAYMENT, OrderStep.SHIPMENT)
    monkeypatch.setitem(SEQUENCES, OrderPolicy.CHARGE_FIRST, changed)
    assert (await replay(order.id, history)).failure is None

    monkeypatch.setitem(SEQUENCES_OF_OLDER_ORDERS, OrderPolicy.CHARGE_FIRST, changed)
    assert (await replay(order.id, history)).failure is not None
