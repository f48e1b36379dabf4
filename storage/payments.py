"""Payments as people read them, the charges asked of the card provider, and who is waiting."""

from collections.abc import Collection
from datetime import datetime, timedelta

from pydantic import AwareDatetime, BaseModel, ConfigDict
from sqlalchemy import Connection, Update, insert, select, update

from domain.errors import ConflictError, NotFoundError
from domain.events import PaymentRequested
from domain.payment import GivenBack, Payment, PaymentEvent, PaymentFailure
from domain.statuses import PaymentStatus, payment_workflow_id
from storage import customers, events, tables
from storage.insertion import insert_new

KEY_LIFETIME = timedelta(hours=23)
"""For how long a key is trusted to repeat its first answer; Stripe promises 24 hours.

Source: https://docs.stripe.com/api/idempotent_requests
"""


class Charge(BaseModel):
    """One attempt to charge a card; neither `charge_id` nor `failure`: the outcome is not known.

    Without a `payment_method` there is no card. The card provider was asked under the key
    numbered `key_number`, which does nothing new after `key_until`, and first at `asked_at`.
    """

    model_config = ConfigDict(frozen=True)

    payment_id: str
    attempt: int
    amount: int
    currency: str
    payment_method: str | None
    asked_at: AwareDatetime
    key_number: int = 1
    key_until: AwareDatetime
    charge_id: str | None = None
    failure: PaymentFailure | None = None

    @property
    def is_settled(self) -> bool:
        """Whether the outcome is known."""
        return self.charge_id is not None or self.failure is not None

    @property
    def key(self) -> str:
        """The idempotency key for the card provider."""
        key = f"payment:{self.payment_id}:charge:{self.attempt}"
        return key if self.key_number == 1 else f"{key}:{self.key_number}"


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


def leave_to_the_card(tx: Connection, payment: Payment) -> None:
    """Show that the card has to pay what is missing, though it is not charged yet."""
    _save(tx, payment.charging())


def begin_charge(
    tx: Connection, payment_id: str, attempt: int, payment_method: str | None, now: datetime
) -> Charge:
    """Write down that the card is about to be charged with what is missing, before it is.

    Without a `payment_method` the customer's card is taken. Again returns what the first call
    wrote, so that a retry asks for the very same, or the outcome if there is one by now. Raises
    `ConflictError` once the payment has ended: a worker that was away may try this long after.
    """
    payment = lock(tx, payment_id)
    known = find_charge(tx, payment_id, attempt)
    if known is not None:
        return known
    if not payment.status.is_open:
        message = f"Payment {payment_id} is {payment.status}; no card is charged for it any more."
        raise ConflictError(message)
    charge = Charge(
        payment_id=payment_id,
        attempt=attempt,
        amount=payment.rest,
        currency=payment.currency,
        payment_method=payment_method or customers.payment_method(tx, payment.customer_id),
        asked_at=now,
        key_until=now + KEY_LIFETIME,
    )
    tx.execute(insert(tables.charges).values(charge.model_dump()))
    leave_to_the_card(tx, payment)
    return charge


def stop_using_key(tx: Connection, charge: Charge, now: datetime) -> Charge:
    """The charge's key only repeats a fault: whatever it led to, it did so before now.

    Returns the charge as it is then; the first time this is said stays.
    """
    tx.execute(
        _update_unsettled(charge)
        .where(tables.charges.c.key_number == charge.key_number, tables.charges.c.key_until > now)
        .values(key_until=now)
    )
    return find_charge(tx, charge.payment_id, charge.attempt) or charge


def take_new_key(tx: Connection, charge: Charge, now: datetime) -> Charge | None:
    """The charge's key is spent and led to no outcome: the next request takes a new one.

    Returns the charge as it is then; None if somebody else took a new key or settled it.
    """
    taken = tx.execute(
        _update_unsettled(charge)
        .where(tables.charges.c.key_number == charge.key_number)
        .values(key_number=charge.key_number + 1, key_until=now + KEY_LIFETIME)
    )
    return find_charge(tx, charge.payment_id, charge.attempt) if taken.rowcount else None


def settle_charge(tx: Connection, charge: Charge) -> bool:
    """Write down the outcome of a charge; False if one was written before, which stays."""
    outcome = charge.model_dump(include={"charge_id", "failure"})
    return bool(tx.execute(_update_unsettled(charge).values(outcome)).rowcount)


def find_charge(tx: Connection, payment_id: str, attempt: int) -> Charge | None:
    """The charge of that attempt."""
    charges = tables.charges
    row = (
        tx.execute(
            select(charges).where(charges.c.payment_id == payment_id, charges.c.attempt == attempt)
        )
        .mappings()
        .one_or_none()
    )
    return Charge.model_validate(row) if row else None


def paid_charge(tx: Connection, payment_id: str) -> Charge | None:
    """The charge that the card paid; there is one at the most."""
    charges = tables.charges
    row = (
        tx.execute(
            select(charges).where(
                charges.c.payment_id == payment_id, charges.c.charge_id.is_not(None)
            )
        )
        .mappings()
        .one_or_none()
    )
    return Charge.model_validate(row) if row else None


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


def open_without_card(tx: Connection, customer_id: str, payment_method: str) -> list[str]:
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


def _update_unsettled(charge: Charge) -> Update:
    """An update that changes nothing if the outcome is known: the first one stays."""
    charges = tables.charges
    return update(charges).where(
        charges.c.payment_id == charge.payment_id,
        charges.c.attempt == charge.attempt,
        charges.c.charge_id.is_(None),
        charges.c.failure.is_(None),
    )


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
