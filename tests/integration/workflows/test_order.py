"""OrderWorkflow in moments that are hard to hit from outside."""

import threading
from contextlib import AbstractContextManager

import pytest
from sqlalchemy import Connection
from temporalio import activity

from domain.events import OrderFulfilled, OrderNotFulfilled
from domain.order import SEQUENCES, Order, OrderEvent
from domain.payment import Payment
from domain.statuses import CancellationReason, OrderPolicy, OrderStatus, OrderStep, PaymentStatus
from gateways.cards import Charged, ChargeRequest, Declined
from storage import payments
from storage.database import Database
from tests.integration.workflows.harness import Office
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
            assert go_on.wait(30)
        return after(self, event)

    monkeypatch.setattr(Order, "after", hold)
    return begun, go_on


@pytest.mark.parametrize("policy", OrderPolicy)
async def test_canceled_from_the_web_ui_is_canceled_by_the_customer(
    office: Office, policy: OrderPolicy
) -> None:
    order = await office.place_order(office.customer("pm_bad"), policy)
    payment = office.payment_of(order)
    await office.waiting(payment)

    await order.cancel()
    if policy is OrderPolicy.CHARGE_LATER:
        await office.update_card(payment, "pm_good")

    result = await order.result()
    if policy is OrderPolicy.CHARGE_LATER:
        assert result.status is OrderStatus.FULFILLED
    else:
        assert result.reason is CancellationReason.CANCELED_BY_CUSTOMER
        assert office.events(payment)[-1] == "PaymentCanceled"


async def test_canceled_twice_is_canceled_once(office: Office) -> None:
    order = await office.place_order(office.customer("pm_bad"))
    await office.waiting(office.payment_of(order))

    for _ in range(2):
        await order.execute_update("cancel_order")

    assert (await order.result()).reason is CancellationReason.CANCELED_BY_CUSTOMER
    assert office.events(order) == ["OrderPlaced", "PaymentCanceled", "OrderNotFulfilled"]


async def test_canceled_while_it_is_marked_fulfilled_stays_fulfilled(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever ends the workflow is refused by Temporal when there is news, and tried again."""
    begun, go_on = hold_at(OrderFulfilled, monkeypatch)
    order = await office.place_order(office.customer("pm_good"))
    await office.until(begun.is_set)

    await order.cancel()
    go_on.set()

    assert (await order.result()).status is OrderStatus.FULFILLED
    assert office.events(order)[-2:] == ["GoodsShipped", "OrderFulfilled"]


async def test_canceled_while_it_is_marked_not_fulfilled_keeps_its_reason(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, go_on = hold_at(OrderNotFulfilled, monkeypatch)
    customer = office.customer("pm_good")
    order = await office.place_order(customer, OrderPolicy.CHARGE_LATER, stock=0)
    await office.until(begun.is_set)

    await order.cancel()
    go_on.set()

    assert (await order.result()).reason is CancellationReason.GOODS_UNAVAILABLE
    assert office.events(order) == ["OrderPlaced", "GoodsUnavailable", "OrderNotFulfilled"]


async def test_no_event_of_an_order_is_older_than_the_one_before_it(office: Office) -> None:
    order = await office.place_order(office.customer("pm_bad"), OrderPolicy.CHARGE_LATER)
    payment = office.payment_of(order)
    await office.waiting(payment)
    await office.fast_forward(payment, 14)
    await order.result()

    moments = office.moments(order)
    assert moments == sorted(moments)
    assert (moments[-1] - moments[0]).days == 14


async def test_a_paid_order_takes_few_history_events(office: Office) -> None:
    order = await office.place_order(office.customer("pm_good"))
    await order.result()

    histories = [await handle.fetch_history() for handle in (order, office.payment_of(order))]

    assert sum(len(history.events) for history in histories) <= 50


async def test_money_that_is_owed_is_given_back_whatever_the_provider_says(office: Office) -> None:
    office.cards.refusals = 2
    order = await office.place_order(office.customer("pm_good"), stock=0)

    assert (await order.result()).reason is CancellationReason.GOODS_UNAVAILABLE
    assert len(office.cards.refunds) == 3
    assert office.see(office.payment_of(order)).status is PaymentStatus.REFUNDED


async def test_an_order_that_cost_nothing_has_nothing_to_refund(office: Office) -> None:
    order = await office.place_order(office.customer(None), stock=0, price=0)

    assert (await order.result()).reason is CancellationReason.GOODS_UNAVAILABLE
    assert office.see(office.payment_of(order)).status is PaymentStatus.RECEIVED


async def test_a_payment_that_was_ended_by_force_leaves_no_order_and_no_money_behind(
    office: Office,
) -> None:
    customer = office.customer("pm_bad", balance=500)
    order = await office.place_order(customer, OrderPolicy.CHARGE_LATER)
    payment = office.payment_of(order)
    await office.waiting(payment)

    await payment.terminate("somebody pressed the button")

    assert (await order.result()).reason is CancellationReason.PAYMENT_CANCELED
    assert office.events(order)[-3:] == ["ShipmentRecalled", "GoodsReturned", "OrderNotFulfilled"]
    assert office.balance(customer) == 500
    assert office.see(payment).status is PaymentStatus.CANCELED


async def test_a_payment_ended_by_force_in_its_first_step_is_never_requested_later(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its worker is away in that step, and does it when the order has ended."""
    customer = office.customer("pm_good", balance=500)
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
            assert go_on.wait(30)
        return write(self)

    monkeypatch.setattr(Database, "write", hold)
    monkeypatch.setattr(payments, "request", late)
    order = await office.place_order(customer)
    await office.until(begun.is_set)

    await office.payment_of(order).terminate("somebody pressed the button")
    assert (await order.result()).reason is CancellationReason.PAYMENT_CANCELED
    go_on.set()
    await office.until(done.is_set)

    assert office.events(office.payment_of(order)) == ["PaymentRequested", "PaymentCanceled"]
    assert office.see(office.payment_of(order)).status is PaymentStatus.CANCELED
    assert office.balance(customer) == 500


async def test_a_charge_under_way_when_its_payment_is_ended_by_force_is_refunded(
    office: Office,
) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def slow(charge: ChargeRequest) -> Charged:
        begun.set()
        assert go_on.wait(30)
        return Charged(charge_id=f"pi_{charge.payment_id}")

    office.cards.answer = slow
    customer = office.customer("pm_good", balance=500)
    order = await office.place_order(customer)
    payment = office.payment_of(order)
    await office.until(begun.is_set)

    await payment.terminate("somebody pressed the button")
    go_on.set()

    assert (await order.result()).reason is CancellationReason.PAYMENT_CANCELED
    assert office.events(payment)[-4:] == [
        *("CreditCardCharged", "PaymentCanceled"),
        *("CreditCardRefunded", "AmountCredited"),
    ]
    moments = office.moments(payment)
    assert moments == sorted(moments)
    assert [refund.amount for refund in office.cards.refunds] == [2000]
    assert len({charge.key for charge in office.cards.asked}) == 1
    assert office.balance(customer) == 500


@pytest.mark.parametrize("authenticated", [True, False])
async def test_a_charge_left_open_when_its_payment_is_ended_by_force_is_closed(
    office: Office, *, authenticated: bool
) -> None:
    def leave_open(_: ChargeRequest) -> Declined:
        failed = Declined("authentication_required", "Please authenticate.", "pi_open")
        office.cards.open["pi_open"] = Charged("pi_open") if authenticated else failed
        return failed

    office.cards.answer = leave_open
    order = await office.place_order(office.customer("pm_good"))
    payment = office.payment_of(order)
    await office.until(lambda: bool(office.cards.open))

    await payment.terminate("somebody pressed the button")

    assert (await order.result()).reason is CancellationReason.PAYMENT_CANCELED
    assert office.see(payment).status is PaymentStatus.CANCELED
    assert office.see(payment).charged == 0
    assert [refund.amount for refund in office.cards.refunds] == [2500] * authenticated
    assert isinstance(office.cards.open["pi_open"], Charged) == authenticated


async def test_an_order_keeps_its_sequence_when_the_policies_change(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sequence travels in the order's input; its workflow and its row follow it."""
    order = await office.place_order(office.customer("pm_bad"), OrderPolicy.CHARGE_FIRST)
    payment = office.payment_of(order)
    await office.waiting(payment)

    changed = (OrderStep.GOODS, OrderStep.SHIPMENT, OrderStep.PAYMENT)
    monkeypatch.setitem(SEQUENCES, OrderPolicy.CHARGE_FIRST, changed)
    replayed = await replay(order.id, (await order.fetch_history()).to_json())
    assert replayed.failure is None
    await office.update_card(payment, "pm_good")
    await order.result()

    assert office.events(order) == [
        *("OrderPlaced", "PaymentReceived", "GoodsFetched", "GoodsShipped", "OrderFulfilled")
    ]


async def test_an_order_without_a_sequence_of_its_own_deviates_when_the_policies_change(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that the test above can fail."""
    order = await office.place_order(office.customer("pm_good"), keeps_sequence=False)
    await order.result()
    history = (await order.fetch_history()).to_json()
    assert (await replay(order.id, history)).failure is None

    changed = (OrderStep.GOODS, OrderStep.PAYMENT, OrderStep.SHIPMENT)
    monkeypatch.setitem(SEQUENCES, OrderPolicy.CHARGE_FIRST, changed)

    assert (await replay(order.id, history)).failure is not None
