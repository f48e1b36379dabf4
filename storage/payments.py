"""Payments as people read them, the charges asked of the card provider, and who is waiting."""

from collections.abc import Collection

from sqlalchemy import Connection, select, update

from domain.errors import NotFoundError
from domain.events import PaymentRequested
from domain.payment import GivenBack, Payment, PaymentEvent
from domain.statuses import PaymentStatus, payment_workflow_id
from storage import events, tables
from storage.insertion import insert_new


def request(tx: Connection, payment: Payment) -> None:
    """Write down a new payment and PaymentRequested; again changes nothing."""
    event = PaymentRequested(
        at=payment.requested_at,
        customer_id=payment.customer_id,
        reference=payment.reference,
        amount=payment.amount,
    )
    if insert_new(tx, tables.payments, {"id": payment.id} | _values(payment.after(event))):
        events.append(tx, payment_workflow_id(payment.id), event, PaymentRequested.name())


def record(tx: Connection, payment_id: str, event: PaymentEvent, *, number: int | str = 1) -> bool:
    """Write down that `event` happened, and what it changed; False if it was before.

    False too once the payment has ended and can only be given back: a worker that was away may
    come with its event long after. `number` tells apart events that happen several times: the
    attempt, the reminder, the update, the refund made by hand. Raises `NotFoundError`.
    """
    payment = lock(tx, payment_id)
    key = f"{event.name()}:{number}"
    ended = not payment.status.is_open and not isinstance(event, GivenBack)
    if ended or events.has(tx, payment_workflow_id(payment_id), key):
        return False
    _save(tx, payment.after(event))
    events.append(tx, payment_workflow_id(payment_id), event, key)
    return True


def mark_charging(tx: Connection, payment: Payment) -> None:
    """Show that the card has to pay what is missing, though it is not charged yet."""
    _save(tx, payment.charging())


def begin_refund(tx: Connection, payment_id: str) -> Payment:
    """Show that a received payment is being given back, if it is not one of nothing; returns it.

    Again changes nothing.
    """
    payment = lock(tx, payment_id)
    if payment.status is PaymentStatus.RECEIVED and payment.amount:
        payment = payment.refunding()
        _save(tx, payment)
    return payment


def open_of_customer(tx: Connection, customer_id: str) -> list[str]:
    """The ids of the customer's payments that may still need a card, oldest first.

    To miss none, ask in a transaction that begins after the new card's was committed: a payment
    that is not in the answer then is charged with the new card anyway.
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
    """Those `open_of_customer` that were charged, and never with that card."""
    charges = tables.charges
    open_ones = open_of_customer(tx, customer_id)
    asked = select(charges.c.payment_id, charges.c.payment_method)
    rows = tx.execute(asked.where(charges.c.payment_id.in_(open_ones))).all()
    charged = {row.payment_id for row in rows}
    tried = {row.payment_id for row in rows if row.payment_method == payment_method}
    return [id for id in open_ones if id in charged - tried]


def find(tx: Connection, payment_id: str, owner: str | None = None) -> Payment:
    """The payment; raises `NotFoundError`, also if it is not the `owner`'s. None owns all."""
    return _find(tx, payment_id, owner, for_update=False)


def find_many(tx: Connection, payment_ids: Collection[str]) -> dict[str, Payment]:
    """Those of the payments that are there, by id."""
    payments = tables.payments
    rows = tx.execute(select(payments).where(payments.c.id.in_(payment_ids))).mappings()
    found = [Payment.model_validate(row) for row in rows]
    return {payment.id: payment for payment in found}


def lock(tx: Connection, payment_id: str) -> Payment:
    """As `find`, and nobody else changes it until the transaction ends."""
    return _find(tx, payment_id, None, for_update=True)


def _find(tx: Connection, payment_id: str, owner: str | None, *, for_update: bool) -> Payment:
    payments = tables.payments
    statement = select(payments).where(
        payments.c.id == payment_id, tables.owned_by(owner, payments.c.customer_id)
    )
    if for_update:
        statement = statement.with_for_update()
    row = tx.execute(statement).mappings().one_or_none()
    if row is None:
        raise NotFoundError("payment", payment_id)
    return Payment.model_validate(row)


def _save(tx: Connection, payment: Payment) -> None:
    payments = tables.payments
    tx.execute(update(payments).where(payments.c.id == payment.id).values(_values(payment)))


def _values(payment: Payment) -> dict[str, object]:
    values: dict[str, object] = payment.model_dump(exclude={"id", "terms", "failure"})
    json = payment.model_dump(mode="json", include={"terms", "failure"})
    # Written down for those who look for the next one that is due.
    return values | json | {"deadline": payment.deadline}
