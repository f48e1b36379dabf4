"""The events that customers are notified of, and what their mails say at present.

A mail is queued in the transaction of its event, and written once more when it is sent: by then it
may be untrue. Its id is a business key: `payment:<id>:<kind>` or `order:<id>:<kind>`, followed by
the number of the reminder, or by the sequence number of an event that gives money back.
"""

from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Table, select

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
from domain.statuses import (
    WHOLE,
    OrderStatus,
    PaymentStatus,
    RefundState,
    payment_workflow_id,
)
from storage import events, outbox, tables

_REQUESTS_CARD = {"failed", "reminder"}
_RETURNS_MONEY = {"refunded": CreditCardRefunded, "credited": AmountCredited}
_UNDONE = {OrderStatus.CANCELING, OrderStatus.NOT_FULFILLED}


class Withheld(StrEnum):
    """Why a mail must not be sent now."""

    OBSOLETE = "obsolete"
    """What it says is not true any more, and will not be again."""

    UNDECIDED = "undecided"
    """Whether it is true shows later: another card is being charged, or a refund is repeated."""


def of_payment(tx: Connection, payment: Payment, event: PaymentEvent) -> None:
    """Queue the mail about an event of the payment, which has just been recorded, if there is one.

    `payment` is as it was before. What a canceled payment credits is in the mail that it was
    canceled. Only the first failure of a card has a mail of its own, reminders follow.
    """
    match event:
        case CreditCardFailed():
            kind = "failed"
        case CustomerReminded():
            kind = f"reminder:{event.reminder}"
        case PaymentReceived():
            kind = "received"
        case PaymentCanceled():
            kind = "canceled"
        case CreditCardRefunded():
            kind = f"refunded:{_last(tx, payment.id)}"
        case AmountCredited() if payment.status is not PaymentStatus.CANCELED:
            kind = f"credited:{_last(tx, payment.id)}"
        case _:
            return
    queue(tx, f"payment:{payment.id}:{kind}", payment.customer_id)


def of_order(tx: Connection, order: Order, event: OrderEvent) -> None:
    """Queue the mail about an event of the order, which has just been recorded, if there is one."""
    match event:
        case GoodsShipped():
            kind = "shipped"
        case OrderNotFulfilled():
            kind = "canceled"
        case _:
            return
    queue(tx, f"order:{order.id}:{kind}", order.customer_id)


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
        if kind == "shipped" and order.status in _UNDONE:
            return Withheld.OBSOLETE
        return _write_order_mail(tx, order, kind)
    payment = _find_payment(tx, id)
    if kind in _REQUESTS_CARD and payment.status is not PaymentStatus.AWAITING_CARD:
        return Withheld.UNDECIDED if payment.status.is_open else Withheld.OBSOLETE
    if kind == "refunded" and _is_owed_again(tx, id, number):
        return Withheld.UNDECIDED
    return _write_payment_mail(tx, payment, kind, number)


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
            return mail_templates.payment_received(payment)
        case "canceled":
            credited = _sum(tx, payment.id, AmountCredited)
            return mail_templates.payment_canceled(payment, credited)
        case "refunded" | "credited":
            event = _find_event(tx, payment_workflow_id(payment.id), number)
            returned = _RETURNS_MONEY[kind].model_validate({"at": event.at} | event.data)
            return mail_templates.money_returned(payment, returned)
        case _:
            raise NotFoundError("mail", f"payment:{payment.id}:{kind}")


def _write_order_mail(tx: Connection, order: Order, kind: str) -> MailContent:
    if kind == "shipped" and order.shipment:
        return mail_templates.order_shipped(order, order.shipment.tracking_number)
    if kind == "canceled":
        return mail_templates.order_canceled(order, _given_back(tx, order.id))
    raise NotFoundError("mail", f"order:{order.id}:{kind}")


def _given_back(tx: Connection, payment_id: str) -> GivenBack:
    """A refund that failed after CreditCardRefunded, or replaces such a one, is outstanding."""
    row = _row(tx, tables.payments, payment_id)
    if row is None:
        return GivenBack()
    payment = Payment.model_validate(row)
    recorded = _events(tx, payment_id, CreditCardRefunded)
    outside = sum(event["amount"] for event in recorded if event.get("outside"))
    to_card = sum(event["amount"] for event in recorded) - outside
    repeated = _repeated(tx, payment_id)
    return GivenBack(
        to_card=max(to_card - repeated, 0),
        to_account=_sum(tx, payment_id, AmountCredited),
        otherwise=outside,
        outstanding=payment.withdrawn + payment.charged + repeated,
    )


def _repeated(tx: Connection, payment_id: str) -> int:
    refunds = tables.refunds
    rows = tx.execute(
        select(refunds.c.to_card, refunds.c.status, refunds.c.replaced_by).where(
            refunds.c.payment_id == payment_id, refunds.c.recorded
        )
    )
    return sum(row.to_card for row in rows if _is_unsettled(row.status, row.replaced_by))


def _is_owed_again(tx: Connection, payment_id: str, sequence: int) -> bool:
    """Whether the refund of this event has failed since, and nobody has settled it."""
    table = tables.events
    key = tx.execute(
        select(table.c.key).where(
            table.c.stream == payment_workflow_id(payment_id), table.c.sequence == sequence
        )
    ).scalar_one_or_none()
    number = (key or "").removeprefix(f"{CreditCardRefunded.name()}:")
    refunds = tables.refunds
    row = tx.execute(
        select(refunds.c.status, refunds.c.replaced_by).where(
            refunds.c.payment_id == payment_id,
            refunds.c.reference == (WHOLE if number == "1" else number.removeprefix("refund:")),
            refunds.c.recorded,
        )
    ).one_or_none()
    return row is not None and _is_unsettled(row.status, row.replaced_by)


def _is_unsettled(status: str, replaced_by: str | None) -> bool:
    state = RefundState(status)
    return state.is_under_way or (state.is_owed and replaced_by is None)


def _events(
    tx: Connection, payment_id: str, kind: type[CreditCardRefunded | AmountCredited]
) -> list[dict[str, Any]]:
    stream = events.of_stream(tx, payment_workflow_id(payment_id))
    return [event.data for event in stream if event.type == kind.name()]


def _sum(tx: Connection, payment_id: str, kind: type[AmountCredited]) -> int:
    return sum(event["amount"] for event in _events(tx, payment_id, kind))


def _last(tx: Connection, payment_id: str) -> int:
    return events.of_stream(tx, payment_workflow_id(payment_id))[-1].sequence


def _find_event(tx: Connection, stream: str, sequence: int) -> events.StoredEvent:
    for event in events.of_stream(tx, stream, after=sequence - 1):
        if event.sequence == sequence:
            return event
    raise NotFoundError("event", f"{stream}/{sequence}")


def _find_payment(tx: Connection, id: str) -> Payment:
    row = _row(tx, tables.payments, id)
    if row is None:
        raise NotFoundError("payment", id)
    return Payment.model_validate(row)


def _find_order(tx: Connection, id: str) -> Order:
    row = _row(tx, tables.orders, id)
    if row is None:
        raise NotFoundError("order", id)
    return Order.model_validate(row)


def _row(tx: Connection, table: Table, id: str) -> Any:
    return tx.execute(select(table).where(table.c.id == id)).mappings().one_or_none()
