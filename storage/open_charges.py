"""Charges of which the card provider has not said its last word, by the ids they have there.

A charge is open while the bank takes its time, or while its customer may authenticate it. A payment
has one open charge at the most: another card is charged only once the former charge is closed.
"""

from datetime import datetime

from pydantic import BaseModel, ConfigDict
from sqlalchemy import Connection, delete, exists, select, update

from domain.statuses import Awaited
from storage import tables
from storage.insertion import insert_new
from storage.payments import Charge, find_charge


def note(tx: Connection, charge: Charge, open_id: str) -> None:
    """Write down that the charge stays open; again changes nothing."""
    row = {"payment_id": charge.payment_id, "attempt": charge.attempt, "open_id": open_id}
    insert_new(tx, tables.open_charges, row)


def find(tx: Connection, payment_id: str) -> tuple[Charge, str] | None:
    """The payment's open charge, and the card provider's id of it."""
    open_charges = tables.open_charges
    row = tx.execute(
        select(open_charges.c.attempt, open_charges.c.open_id).where(
            open_charges.c.payment_id == payment_id
        )
    ).one_or_none()
    if row is None:
        return None
    charge = find_charge(tx, payment_id, row.attempt)
    if charge is None:
        raise LookupError(payment_id)
    return charge, row.open_id


def is_open(tx: Connection, charge: Charge) -> bool:
    """Whether that very charge is."""
    found = find(tx, charge.payment_id)
    return found is not None and found[0].attempt == charge.attempt


class AwaitedCharge(BaseModel):
    """An open charge, and who may bring it to an end."""

    model_config = ConfigDict(frozen=True)

    payment_id: str
    attempt: int
    awaited: Awaited


def awaiting(tx: Connection, open_id: str) -> AwaitedCharge | None:
    """The open charge that the card provider knows by that id."""
    open_charges = tables.open_charges
    payment_id = tx.execute(
        select(open_charges.c.payment_id).where(open_charges.c.open_id == open_id)
    ).scalar_one_or_none()
    found = find(tx, payment_id) if payment_id else None
    if found is None:
        return None
    charge, _ = found
    return AwaitedCharge(
        payment_id=charge.payment_id, attempt=charge.attempt, awaited=awaited(charge)
    )


def unauthenticated(tx: Connection, payment_id: str, owner: str | None) -> str | None:
    """The card provider's id of the owner's charge that waits for its customer; None owns all."""
    payments, charges, open_charges = tables.payments, tables.charges, tables.open_charges
    return tx.execute(
        select(open_charges.c.open_id)
        .join(payments, payments.c.id == open_charges.c.payment_id)
        .join(
            charges,
            (charges.c.payment_id == open_charges.c.payment_id)
            & (charges.c.attempt == open_charges.c.attempt),
        )
        .where(
            open_charges.c.payment_id == payment_id,
            charges.c.failure.is_not(None),
            tables.owned_by(owner, payments.c.customer_id),
        )
    ).scalar_one_or_none()


def awaited(charge: Charge) -> Awaited:
    """Who may bring this open charge to an end."""
    return Awaited.CUSTOMER if charge.failure else Awaited.BANK


def attempt_under_way(tx: Connection, payment_id: str) -> int | None:
    """The last attempt that may still come to something: open, or not heard of at all."""
    charges, open_charges = tables.charges, tables.open_charges
    unheard_of = select(charges.c.attempt).where(
        charges.c.payment_id == payment_id,
        charges.c.charge_id.is_(None),
        charges.c.failure.is_(None),
    )
    left_open = select(open_charges.c.attempt).where(open_charges.c.payment_id == payment_id)
    return max(tx.execute(unheard_of.union(left_open)).scalars(), default=None)


def is_answer_out(tx: Connection, since: datetime, until: datetime) -> bool:
    """Whether nothing at all is heard yet of some charge that was first asked for meanwhile."""
    charges, open_charges = tables.charges, tables.open_charges
    is_open = exists().where(
        open_charges.c.payment_id == charges.c.payment_id,
        open_charges.c.attempt == charges.c.attempt,
    )
    unheard_of = select(charges.c.payment_id).where(
        charges.c.charge_id.is_(None),
        charges.c.failure.is_(None),
        charges.c.asked_at.between(since, until),
        ~is_open,
    )
    return tx.execute(unheard_of.limit(1)).first() is not None


def settle(tx: Connection, charge: Charge) -> None:
    """Write down what a charge has come to; unlike at first, a card may pay after it had failed."""
    charges = tables.charges
    outcome = charge.model_dump(include={"charge_id", "failure"})
    tx.execute(
        update(charges)
        .where(charges.c.payment_id == charge.payment_id, charges.c.attempt == charge.attempt)
        .values(outcome)
    )


def close(tx: Connection, payment_id: str) -> None:
    """Write down that it is open no more."""
    open_charges = tables.open_charges
    tx.execute(delete(open_charges).where(open_charges.c.payment_id == payment_id))
