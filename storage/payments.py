"""The payments' rows; an event and the changes that it makes are written in one transaction."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, bindparam, select, update

from domain.errors import NotFoundError
from domain.events import CreditCardCharged, CreditCardRefunded, PaymentRequested
from domain.payment import Payment, PaymentEvent, RefundEvent
from domain.statuses import PaymentStatus, payment_workflow_id
from storage import events, ledger, notifications, tables
from storage.insertion import insert_new


def request(tx: Connection, payment: Payment) -> Payment:
    """The stored payment, which is inserted with PaymentRequested unless it is there already."""
    event = PaymentRequested(
        at=payment.requested_at,
        customer_id=payment.customer_id,
        reference=payment.reference,
        amount=payment.amount,
    )
    requested = payment.after(event)
    if not insert_new(tx, tables.payments, {"id": payment.id} | _values(requested)):
        return find(tx, payment.id)
    events.append(tx, payment_workflow_id(payment.id), event, PaymentRequested.name())
    return requested


def record(tx: Connection, payment_id: str, event: PaymentEvent, *, number: int | str = 1) -> bool:
    """Record an event of the payment, change the payment, and queue the event's mail.

    False if the event is recorded already.

    Also False for all events but refunds once the payment has ended: a worker that was unavailable
    may bring an event long after. `number` identifies events of the same type: it is the attempt's,
    the reminder's or the card update's number, or identifies the refund. Raises `NotFoundError`.
    """
    return record_locked(tx, lock(tx, payment_id), event, number=number)


def record_locked(
    tx: Connection, payment: Payment, event: PaymentEvent, *, number: int | str = 1
) -> bool:
    """As `record`, for the payment as the transaction has locked it."""
    if not payment.status.is_open and not isinstance(event, RefundEvent):
        return False
    key = event_key(type(event), number)
    sequence = events.append(tx, payment_workflow_id(payment.id), event, key)
    if sequence is None:
        return False
    payment = payment.after(event)
    _save(tx, payment)
    _post(tx, payment, event, number)
    notifications.of_payment(tx, payment, event, sequence)
    return True


def has_event(tx: Connection, payment_id: str, kind: type[PaymentEvent], number: int | str) -> bool:
    """Whether the event of that type and number is recorded; see `record`."""
    return events.has(tx, payment_workflow_id(payment_id), event_key(kind, number))


def recorded_keys(tx: Connection, payment_id: str) -> set[str]:
    """The `event_key` of each event that is recorded."""
    return events.keys(tx, payment_workflow_id(payment_id))


def mark_charging(tx: Connection, payment: Payment) -> None:
    """Set the status `charging`: the card has to pay the amount due."""
    if payment.status is not PaymentStatus.CHARGING:
        _save(tx, payment.charging())


def begin_refund(tx: Connection, payment_id: str) -> Payment:
    """Set the status `refunding` of a received payment, unless its amount is zero; return it.

    Repeating changes nothing.
    """
    payment = lock(tx, payment_id)
    if payment.status is PaymentStatus.RECEIVED and payment.amount:
        payment = payment.refunding()
        _save(tx, payment)
    return payment


def end_refund(tx: Connection, payment_id: str) -> None:
    """Set the status `received` of a payment of which a part was refunded, and the rest is held."""
    payment = lock(tx, payment_id)
    if payment.status is PaymentStatus.REFUNDING and payment.withdrawn + payment.charged:
        _save(tx, payment.received())


def open_of_customer(tx: Connection, customer_id: str) -> list[str]:
    """The ids of the customer's payments that may still need a card, oldest first.

    To miss none, call this in a transaction that begins after the new card was committed: a payment
    that is requested later is charged with the new card anyway.
    """
    payments = tables.payments
    rows = tx.execute(
        select(payments.c.id)
        .where(
            payments.c.customer_id == customer_id,
            payments.c.status.in_([status for status in PaymentStatus if status.is_open]),
        )
        .order_by(payments.c.requested_at, payments.c.id)
    )
    return list(rows.scalars())


def open_not_charged_with(tx: Connection, customer_id: str, payment_method: str) -> list[str]:
    """Those `open_of_customer` that were charged with other cards only."""
    charges = tables.charges
    open_ones = open_of_customer(tx, customer_id)
    of_charges = select(charges.c.payment_id, charges.c.payment_method)
    rows = tx.execute(of_charges.where(charges.c.payment_id.in_(open_ones))).all()
    charged = {row.payment_id for row in rows}
    tried = {row.payment_id for row in rows if row.payment_method == payment_method}
    return [id for id in open_ones if id in charged - tried]


def open_not_charged_since(
    tx: Connection, customer_id: str, payment_method: str, since: datetime
) -> list[str]:
    """Those `open_of_customer` that were not charged with the card since that moment."""
    charges = tables.charges
    open_ones = open_of_customer(tx, customer_id)
    rows = tx.execute(
        select(charges.c.payment_id).where(
            charges.c.payment_id.in_(open_ones),
            charges.c.payment_method == payment_method,
            charges.c.asked_at >= since,
        )
    )
    charged = set(rows.scalars())
    return [id for id in open_ones if id not in charged]


_BY_ID = select(tables.payments).where(tables.payments.c.id == bindparam("payment_id"))
_LOCKED_BY_ID = _BY_ID.with_for_update()


def find(tx: Connection, payment_id: str, owner: str | None = None) -> Payment:
    """The payment; raises `NotFoundError`, also if it is not the `owner`'s. None owns all."""
    if owner is None:
        return _read(tx, _BY_ID, payment_id)
    is_owned = tables.owned_by(owner, tables.payments.c.customer_id)
    return _read(tx, _BY_ID.where(is_owned), payment_id)


def find_many(tx: Connection, payment_ids: Collection[str]) -> dict[str, Payment]:
    """Those of the payments that exist, by id."""
    payments = tables.payments
    rows = tx.execute(select(payments).where(payments.c.id.in_(payment_ids))).mappings()
    found = [Payment.model_validate(row) for row in rows]
    return {payment.id: payment for payment in found}


def lock(tx: Connection, payment_id: str) -> Payment:
    """As `find`, locked until the transaction ends."""
    return _read(tx, _LOCKED_BY_ID, payment_id)


def _read(tx: Connection, by_id: Select[Any], payment_id: str) -> Payment:
    row = tx.execute(by_id, {"payment_id": payment_id}).mappings().one_or_none()
    if row is None:
        raise NotFoundError("payment", payment_id)
    return Payment.model_validate(row)


def event_key(kind: type[PaymentEvent], number: int | str) -> str:
    """By which an event is recorded once; see `record`."""
    return f"{kind.name()}:{number}"


_SAVE = update(tables.payments).where(tables.payments.c.id == bindparam("payment_id"))


def _save(tx: Connection, payment: Payment) -> None:
    tx.execute(_SAVE, {"payment_id": payment.id} | _values(payment))


def _post(tx: Connection, payment: Payment, event: PaymentEvent, number: int | str) -> None:
    """The ledger's transfer for card money, in the transaction of its event."""
    if not isinstance(event, CreditCardCharged | CreditCardRefunded):
        return
    post = ledger.charge_card if isinstance(event, CreditCardCharged) else ledger.refund_card
    post(tx, payment.id, number, event.amount, payment.currency)


def _values(payment: Payment) -> dict[str, object]:
    values: dict[str, object] = payment.model_dump(exclude={"id", "terms", "failure"})
    json = payment.model_dump(mode="json", include={"terms", "failure"})
    # Stored for queries by deadline.
    return values | json | {"deadline": payment.deadline}
