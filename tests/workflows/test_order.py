"""OrderWorkflow in moments that are hard to hit from outside."""

import threading

import pytest

from domain.events import OrderFulfilled
from domain.names import CancellationReason, OrderPolicy, OrderStatus, PaymentStatus
from domain.order import Order, OrderEvent
from gateways.cards import Refunded, RefundRequest
from tests.workflows.office import Office
from workflows.names import refund_name


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
    begun, go_on = threading.Event(), threading.Event()
    after = Order.after

    def hold(self: Order, event: OrderEvent) -> Order:
        if isinstance(event, OrderFulfilled):
            begun.set()
            assert go_on.wait(30)
        return after(self, event)

    monkeypatch.setattr(Order, "after", hold)
    order = await office.place_order(office.customer("pm_good"))
    await office.until(begun.is_set)

    await order.cancel()
    go_on.set()

    assert (await order.result()).status is OrderStatus.FULFILLED
    assert office.events(order)[-2:] == ["GoodsShipped", "OrderFulfilled"]


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
    assert office.mails(customer) == ["Your order is on its way", "Your payment was canceled"]


async def test_a_refund_that_is_canceled_from_the_web_ui_gives_back_all_the_same(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, go_on = threading.Event(), threading.Event()
    refund = office.cards.refund

    def hold(request: RefundRequest) -> Refunded:
        begun.set()
        assert go_on.wait(30)
        return refund(request)

    monkeypatch.setattr(office.cards, "refund", hold)
    order = await office.place_order(office.customer("pm_good"), stock=0)
    await office.until(begun.is_set)
    refund_id = refund_name(order.id.removeprefix("order/"))

    await office.client.get_workflow_handle(refund_id).cancel()
    go_on.set()

    assert (await order.result()).reason is CancellationReason.GOODS_UNAVAILABLE
    assert office.see(office.payment_of(order)).status is PaymentStatus.REFUNDED
