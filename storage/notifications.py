"""The events that customers are notified of, and what their mails say at present.

A mail is queued in the transaction of its event, and written once more when it is sent: by then it
may be untrue. Its id is a business key: `payment:<id>:<kind>` or `order:<id>:<kind>`, followed by
the number of the reminder, by the sequence number of an event that gives money back, or by the
number of a refund.
"""

from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Select, bindparam, select

from domain import mail_templates
from domain.errors import NotFoundError
from domain.events import (
    AmountCredited,
    CreditCardFailed,
    CreditCardRefunded,
    CustomerReminded,
    GoodsShipped,
    OrderNotFulfilled,
    PaymentCanceled,
    PaymentReceived,
)
from domain.mail_templates import GivenBack, MailContent
from domain.order import Order, OrderEvent
from domain.payment import Payment, PaymentEvent
from domain.statuses import OrderStatus, PaymentStatus, RefundState, payment_workflow_id
from storage import events, outbox, refunded_money, tables

_REQUESTS_CARD = {"failed", "reminder"}
_RETURNS_MONEY = {"refunded": CreditCardRefunded, "credited": AmountCredited}
_GIVES_BACK_AGAIN = {"repaid", "outside"}
_UNDONE = {OrderStatus.CANCELING, OrderStatus.NOT_FULFILLED}

_ORDER, _PAYMENT, _MAIL = (
    select(table).where(table.c.id == bindparam("id"))
    for table in (tables.orders, tables.payments, tables.mails)
)
_ORDER_STATUS, _PAYMENT_STATUS = (
    select(table.c.status).where(table.c.id == bindparam("id"))
    for table in (tables.orders, tables.payments)
)


class Withheld(StrEnum):
    """Why a mail must not be sent now."""

    OBSOLETE = "obsolete"
    """What it says is not true any more, and will not be again."""

    UNDECIDED = "undecided"
    """Whether it is true shows later: another card is being charged, or a refund is repeated.

    Or another mail that is not sent yet may say it.
    """


def of_payment(tx: Connection, payment: Payment, event: PaymentEvent, sequence: int) -> None:
    """Queue the mail about an event of the payment, if there is one.

    The event has just been recorded, under that `sequence` number; `payment` is as it is since.
    What a canceled payment credits is in the mail that it was canceled. Only the first failure of a
    card has a mail of its own, reminders follow.
    """
    number = 0
    match event:
        case CreditCardFailed():
            kind = "failed"
        case CustomerReminded():
            kind, number = "reminder", event.reminder
        case PaymentReceived():
            kind = "received"
        case PaymentCanceled():
            kind = "canceled"
        case CreditCardRefunded():
            kind, number = "refunded", sequence
        case AmountCredited() if payment.status is not PaymentStatus.CANCELED:
            kind, number = "credited", sequence
        case _:
            return
    mail_id = f"payment:{payment.id}:{kind}:{number}" if number else f"payment:{payment.id}:{kind}"
    content = _write_payment_mail(tx, payment, kind, number)
    outbox.queue(tx, mail_id, payment.customer_id, content)


def of_order(tx: Connection, order: Order, event: OrderEvent) -> None:
    """Queue the mail about an event of the order, if there is one.

    The event has just been recorded; `order` is as it is since.
    """
    match event:
        case GoodsShipped():
            kind = "shipped"
        case OrderNotFulfilled():
            kind = "canceled"
        case _:
            return
    content = _write_order_mail(tx, order, kind)
    outbox.queue(tx, f"order:{order.id}:{kind}", order.customer_id, content)


def of_refund(tx: Connection, payment: Payment, reference: str, way: str) -> None:
    """Queue the mail that what an earlier CreditCardRefunded said is given back once more.

    The `way` is that of its transfer: `repaid` to the card or given back `outside`.
    """
    number = refunded_money.number_of(reference)
    queue(tx, f"payment:{payment.id}:{way}:{number}", payment.customer_id)


def queue(tx: Connection, mail_id: str, customer_id: str) -> None:
    """Queue the mail of that id. Whether it is true is decided when it is sent."""
    subject, id, kind, number = _parse(mail_id)
    if subject == "order":
        content = _write_order_mail(tx, _find_order(tx, id), kind)
    else:
        content = _write_payment_mail(tx, _find_payment(tx, id), kind, number)
    outbox.queue(tx, mail_id, customer_id, content)


def payment_to_update(mail_id: str) -> str | None:
    """The id of the payment for which the mail requests another card; None for other mails."""
    subject, id, kind, _ = _parse(mail_id)
    return id if subject == "payment" and kind in _REQUESTS_CARD else None


def present(tx: Connection, mail_id: str) -> MailContent | Withheld | None:
    """What the mail says now, or why it must not be sent; None if it says what it was queued with.

    That is so for mails of a kind that only a newer release knows.
    """
    try:
        return _present(tx, mail_id)
    except NotFoundError:
        return None


def _present(tx: Connection, mail_id: str) -> MailContent | Withheld:
    subject, id, kind, number = _parse(mail_id)
    if subject == "order":
        order = _find_order(tx, id)
        if kind == "shipped" and _is_undone(order.status, _status(tx, _PAYMENT_STATUS, id)):
            return Withheld.OBSOLETE
        return _write_order_mail(tx, order, kind)
    payment = _find_payment(tx, id)
    withheld = _withheld_again if kind in _GIVES_BACK_AGAIN else _withheld
    return withheld(tx, payment, kind, number) or _write_payment_mail(tx, payment, kind, number)


def _withheld(tx: Connection, payment: Payment, kind: str, number: int) -> Withheld | None:
    """Why the payment's mail must not be sent now, if so."""
    match kind:
        case "failed" | "reminder" if payment.status.is_open and not _is_undone(
            _status(tx, _ORDER_STATUS, payment.id), payment.status
        ):
            # A charge that succeeded late is recorded a little before PaymentReceived.
            is_due = payment.status is PaymentStatus.AWAITING_CARD and payment.rest > 0
            return None if is_due else Withheld.UNDECIDED
        case "failed" | "reminder":
            return Withheld.OBSOLETE
        case "received" if payment.status is PaymentStatus.REFUNDED or _is_undone(
            _status(tx, _ORDER_STATUS, payment.id), payment.status
        ):
            return Withheld.OBSOLETE
        case "received" if payment.status is PaymentStatus.REFUNDING:
            is_partial = (
                refunded_money.under_way(tx, payment.id) < payment.withdrawn + payment.charged
            )
            return None if is_partial else Withheld.UNDECIDED
        case "refunded" if refunded_money.is_unsettled(tx, payment.id, number):
            return Withheld.UNDECIDED
        case _:
            return None


def _withheld_again(tx: Connection, payment: Payment, way: str, number: int) -> Withheld | None:
    """The mail of the event says it, if that one is sent only now."""
    refund = refunded_money.by_number(tx, payment.id, number)
    if way == "repaid" and refund.status != RefundState.SUCCEEDED:
        return Withheld.OBSOLETE  # it failed again; what gives it back has a mail of its own
    sequence = refunded_money.first_event(tx, payment.id, refund.reference)
    first = _row(tx, _MAIL, f"payment:{payment.id}:refunded:{sequence}")
    if first is None:
        return None
    if first["sent_at"] is None:
        return Withheld.UNDECIDED
    again = _row(tx, _MAIL, f"payment:{payment.id}:{way}:{number}")
    is_said = first["sent_at"] >= again["queued_at"] and (
        first["text"] == _write_payment_mail(tx, payment, "refunded", sequence).text
    )
    return Withheld.OBSOLETE if is_said else None


def _is_undone(order: str | None, payment: str | None) -> bool:
    """Whether the order, or its payment, is canceled, by their status: nothing is kept of either.

    A payment may have no order. The order learns of its payment's end a little later.
    """
    return order in _UNDONE or (order is not None and payment == PaymentStatus.CANCELED)


def _parse(mail_id: str) -> tuple[str, str, str, int]:
    """Its subject, that one's id, its kind and its number; empty or 0 if there is none."""
    subject, id, kind, number, *_ = [*mail_id.split(":"), "", "", "", ""]
    return subject, id, kind, int(number) if number.isdecimal() else 0


def _write_payment_mail(tx: Connection, payment: Payment, kind: str, number: int) -> MailContent:
    match kind:
        case "failed":
            return mail_templates.card_failed(payment)
        case "reminder":
            return mail_templates.reminder(payment, number)
        case "received":
            owed_again = refunded_money.owed_again(tx, payment.id) if payment.refunded else 0
            return mail_templates.payment_received(payment, payment.refunded - owed_again)
        case "canceled":
            credited = refunded_money.to_account(tx, payment.id)
            return mail_templates.payment_canceled(payment, credited)
        case "refunded" | "credited":
            event = _find_event(tx, payment_workflow_id(payment.id), number)
            returned = _RETURNS_MONEY[kind].model_validate({"at": event.at} | event.data)
            if kind == "refunded" and refunded_money.is_settled_outside(tx, payment.id, number):
                returned = returned.model_copy(update={"outside": True})
            return mail_templates.money_returned(payment, returned)
        case "repaid" | "outside":
            refund = refunded_money.by_number(tx, payment.id, number)
            amount = refunded_money.given_again(tx, payment.id, refund.reference, kind)
            is_outside = kind == "outside"
            return mail_templates.money_returned_again(payment, amount, outside=is_outside)
        case _:
            raise NotFoundError("mail", f"payment:{payment.id}:{kind}")


def _write_order_mail(tx: Connection, order: Order, kind: str) -> MailContent:
    if kind == "shipped" and order.shipment:
        return mail_templates.order_shipped(order, order.shipment.tracking_number)
    if kind == "canceled":
        payment = _payment(tx, order.id)
        given_back = refunded_money.given_back(tx, payment) if payment else GivenBack()
        return mail_templates.order_canceled(order, given_back)
    raise NotFoundError("mail", f"order:{order.id}:{kind}")


def _find_event(tx: Connection, stream: str, sequence: int) -> events.StoredEvent:
    for event in events.of_stream(tx, stream, after=sequence - 1):
        if event.sequence == sequence:
            return event
    raise NotFoundError("event", f"{stream}/{sequence}")


def _find_payment(tx: Connection, id: str) -> Payment:
    payment = _payment(tx, id)
    if payment is None:
        raise NotFoundError("payment", id)
    return payment


def _find_order(tx: Connection, id: str) -> Order:
    order = _order(tx, id)
    if order is None:
        raise NotFoundError("order", id)
    return order


def _payment(tx: Connection, id: str) -> Payment | None:
    row = _row(tx, _PAYMENT, id)
    return None if row is None else Payment.model_validate(row)


def _order(tx: Connection, id: str) -> Order | None:
    row = _row(tx, _ORDER, id)
    return None if row is None else Order.model_validate(row)


def _row(tx: Connection, statement: Select[Any], id: str) -> Any:
    return tx.execute(statement, {"id": id}).mappings().one_or_none()


def _status(tx: Connection, statement: Select[Any], id: str) -> str | None:
    return tx.execute(statement, {"id": id}).scalar_one_or_none()
