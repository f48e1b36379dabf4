"""Refunds of parts, and refunds that wait: for the provider, or for somebody."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from temporalio.client import WorkflowHandle

from domain.statuses import WHOLE, OrderPolicy, PaymentStatus, RefundState
from gateways.cards import ProviderRefund, RefundStatus
from gateways.carrier import CarrierShipment, CarrierUnavailableError
from storage import refunds
from storage.refunds import Refund
from tests.integration.workflows.harness import AGREEMENT, Harness, OrderHandle, PaymentHandle
from tests.support.fakes import FakeCards, FakeCarrier
from workflows.messages import Backoff, PaymentInput, RefundInput, RefundPart, RefundSettled
from workflows.names import TaskQueue, refund_workflow_id
from workflows.order import OrderWorkflow
from workflows.refund import RefundWorkflow


async def give_back(harness: Harness, payment: PaymentHandle, amount: int, reference: str) -> None:
    """Start the refund of a part, twice: the first answer may be lost; await its end."""
    for _ in range(2):
        refund = await start_refund(harness, payment, amount, reference)
        await refund.result()


async def start_refund(
    harness: Harness, payment: PaymentHandle, amount: int, reference: str
) -> WorkflowHandle[RefundWorkflow, None]:
    """Start the refund of a part."""
    paid = harness.see(payment)
    part = RefundInput(
        payment=PaymentInput(
            payment_id=paid.id,
            reference=paid.reference,
            customer_id=paid.customer_id,
            amount=paid.amount,
            currency=paid.currency,
            agreement=harness.agreement,
        ),
        at=datetime.now(UTC),
        part=RefundPart(reference=reference, amount=amount),
    )
    refund = await harness.client.start_workflow(
        RefundWorkflow.run,
        part,
        id=refund_workflow_id(paid.id, reference),
        task_queue=TaskQueue.PAYMENTS,
    )
    harness.started.append(refund)
    return refund


def find(harness: Harness, id: str, reference: str = WHOLE) -> Refund | None:
    with harness.database.read() as tx:
        return refunds.find(tx, id, reference)


def is_pending(harness: Harness, id: str, reference: str = WHOLE) -> bool:
    refund = find(harness, id, reference)
    return refund is not None and refund.status is RefundState.PENDING


async def cancel_while_shipping(
    harness: Harness, monkeypatch: pytest.MonkeyPatch, policy: OrderPolicy
) -> OrderHandle:
    """An order that is paid for, and canceled while the carrier is asked to ship it."""

    def unavailable(*_: object) -> CarrierShipment:
        raise CarrierUnavailableError

    with monkeypatch.context() as patch:
        patch.setattr(FakeCarrier, "book", unavailable)
        order = await harness.place_order(harness.customer("pm_good"), policy)
        await harness.until(lambda: "PaymentReceived" in harness.events(order))
        await harness.until(lambda: "GoodsFetched" in harness.events(order))
        await order.execute_update(OrderWorkflow.cancel_order)
    return order


async def test_parts_are_given_back_after_the_order_is_fulfilled(harness: Harness) -> None:
    """To the card, then to both, then to the account."""
    customer = harness.customer("pm_good", balance=500)
    order = await harness.place_order(customer)
    await order.result()
    payment = harness.payment_of(order)
    steps = [(500, 1500, 500), (1600, 0, 400), (400, 0, 0)]
    for number, (amount, charged, withdrawn) in enumerate(steps):
        await give_back(harness, payment, amount, f"return-{number}")
        paid = harness.see(payment)
        assert (paid.charged, paid.withdrawn) == (charged, withdrawn)
        ended = charged + withdrawn == 0
        assert paid.status is (PaymentStatus.REFUNDED if ended else PaymentStatus.RECEIVED)
    assert [asked.amount for asked in harness.cards.refunds_requested] == [500, 1500]
    assert harness.events(payment)[-4:] == [
        *("CreditCardRefunded", "CreditCardRefunded", "AmountCredited", "AmountCredited")
    ]
    assert harness.balance(customer) == 500


@pytest.mark.parametrize("is_notified", [True, False])
async def test_a_pending_refund_is_awaited(
    harness: Harness, monkeypatch: pytest.MonkeyPatch, *, is_notified: bool
) -> None:
    """A webhook notifies it, or else it looks the refund up from time to time."""
    harness.cards.refund_status = RefundStatus.PENDING
    order = await cancel_while_shipping(harness, monkeypatch, OrderPolicy.CHARGE_FIRST)
    id = order.id.removeprefix("order/")
    await harness.until(lambda: is_pending(harness, id))
    await harness.until(lambda: "GoodsReturned" in harness.events(order))
    assert "OrderNotFulfilled" not in harness.events(order)

    harness.cards.settle_refunds(RefundStatus.SUCCEEDED)
    if is_notified:
        refund = harness.client.get_workflow_handle(refund_workflow_id(id))
        await refund.signal(RefundWorkflow.refund_settled, RefundSettled(reference=WHOLE))

    await order.result()
    assert harness.see(harness.payment_of(order)).status is PaymentStatus.REFUNDED
    assert len(harness.cards.refunds_requested) == 1


async def test_a_pending_refund_that_is_canceled_is_awaited_all_the_same(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    harness.cards.refund_status = RefundStatus.PENDING
    order = await cancel_while_shipping(harness, monkeypatch, OrderPolicy.CHARGE_FIRST)
    id = order.id.removeprefix("order/")
    await harness.until(lambda: is_pending(harness, id))
    await harness.until(lambda: "GoodsReturned" in harness.events(order))

    await harness.client.get_workflow_handle(refund_workflow_id(id)).cancel()
    harness.cards.settle_refunds(RefundStatus.SUCCEEDED)

    await order.result()
    assert harness.see(harness.payment_of(order)).status is PaymentStatus.REFUNDED


async def test_news_of_another_refund_are_not_looked_up(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    harness.agreement = AGREEMENT.model_copy(
        update={"backoff": Backoff(first=timedelta(hours=1), longest=timedelta(hours=1))}
    )
    looked_up: list[str] = []
    look_up = FakeCards.look_up_refund

    def counted(cards: FakeCards, refund_id: str) -> ProviderRefund:
        looked_up.append(refund_id)
        return look_up(cards, refund_id)

    monkeypatch.setattr(FakeCards, "look_up_refund", counted)
    order = await harness.place_order(harness.customer("pm_good"))
    await order.result()
    payment = harness.payment_of(order)
    harness.cards.refund_status = RefundStatus.PENDING
    refund = await start_refund(harness, payment, 500, "return")
    await harness.until(lambda: is_pending(harness, harness.see(payment).id, "return"))
    await harness.idle(refund)

    await refund.signal(RefundWorkflow.refund_settled, RefundSettled(reference="another"))
    await harness.idle(refund)
    assert looked_up == []

    harness.cards.settle_refunds(RefundStatus.SUCCEEDED)
    await refund.signal(RefundWorkflow.refund_settled, RefundSettled(reference="return"))
    await harness.until(lambda: not is_pending(harness, harness.see(payment).id, "return"))
    assert len(looked_up) == 1


@pytest.mark.parametrize("policy", [OrderPolicy.CHARGE_FIRST, OrderPolicy.CHARGE_BEFORE_SHIPPING])
async def test_a_refused_refund_does_not_keep_an_order_from_being_undone(
    harness: Harness, monkeypatch: pytest.MonkeyPatch, policy: OrderPolicy
) -> None:
    harness.cards.refund_refusal = "charge_disputed"
    order = await cancel_while_shipping(harness, monkeypatch, policy)
    await order.result()
    assert "GoodsReturned" in harness.events(order)
    assert harness.events(order)[-1] == "OrderNotFulfilled"
    refund = find(harness, order.id.removeprefix("order/"))
    assert refund is not None
    assert refund.is_owed
    assert harness.see(harness.payment_of(order)).status is PaymentStatus.REFUNDING


@pytest.mark.parametrize("policy", [OrderPolicy.CHARGE_FIRST, OrderPolicy.CHARGE_BEFORE_SHIPPING])
async def test_a_refund_that_is_retried_does_not_keep_goods_from_being_returned(
    harness: Harness, monkeypatch: pytest.MonkeyPatch, policy: OrderPolicy
) -> None:
    harness.cards.refusals = 1000
    order = await cancel_while_shipping(harness, monkeypatch, policy)
    await harness.until(lambda: "GoodsReturned" in harness.events(order))
    assert "OrderNotFulfilled" not in harness.events(order)

    harness.cards.refusals = 0

    await order.result()
    assert harness.see(harness.payment_of(order)).status is PaymentStatus.REFUNDED


async def test_an_unavailable_card_provider_does_not_keep_the_account_from_being_credited(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The card comes first, but not for long."""
    monkeypatch.setattr("workflows.activity_options.CARD_FIRST", timedelta(seconds=1))
    customer = harness.customer("pm_good", balance=500)
    order = await harness.place_order(customer)
    await order.result()
    payment = harness.payment_of(order)
    harness.cards.refusals = 1000
    refund = asyncio.create_task(give_back(harness, payment, 2500, "return-1"))
    await harness.until(lambda: harness.balance(customer) == 500)
    assert harness.see(payment).charged == 2000

    harness.cards.refusals = 0

    await refund
    assert harness.see(payment).status is PaymentStatus.REFUNDED
    assert harness.events(payment)[-2:] == ["AmountCredited", "CreditCardRefunded"]


async def test_an_unavailable_carrier_does_not_keep_a_payment_from_being_refunded(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    booked, attempts, canceled = FakeCarrier.book, list[str](), list[bool]()

    def unavailable(*_: object) -> CarrierShipment:
        raise CarrierUnavailableError

    def book_once_canceled(self: FakeCarrier, reference: str, *_: object) -> CarrierShipment:
        attempts.append(reference)
        if not canceled:
            raise CarrierUnavailableError
        return booked(self, reference, "", [])

    monkeypatch.setattr(FakeCarrier, "book", book_once_canceled)
    with monkeypatch.context() as patch:
        patch.setattr(FakeCarrier, "recall", unavailable)
        order = await harness.place_order(harness.customer("pm_good"))
        await harness.until(lambda: bool(attempts))
        await order.execute_update(OrderWorkflow.cancel_order)
        canceled.append(True)
        payment = harness.payment_of(order)
        await harness.until(lambda: harness.see(payment).status is PaymentStatus.REFUNDED)
        assert "GoodsReturned" not in harness.events(order)
    await order.result()
    assert harness.events(order)[-3:] == ["ShipmentRecalled", "GoodsReturned", "OrderNotFulfilled"]
