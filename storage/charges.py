"""Charges of cards, and which of them are still open at the card provider.

A charge is open while the bank has not decided yet, or while the customer may still authenticate a
charge that failed. A payment has at most one open charge: another card is charged only after the
former charge was closed.
"""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    and_,
    bindparam,
    delete,
    insert,
    or_,
    select,
    update,
)

from domain.errors import ConflictError
from storage import payments, tables
from storage.charge_rows import (
    HAS_NO_OUTCOME,
    HAS_OPEN_CHARGE,
    IS_OF_ATTEMPT,
    MAY_TAKE_MONEY,
    Charge,
    OpenCharge,
)
from storage.insertion import insert_new

KEY_LIFETIME = timedelta(hours=23)
"""How long an idempotency key is used; Stripe repeats the first answer to a key for 24 hours.

Source: https://docs.stripe.com/api/idempotent_requests
"""

_INSERT = insert(tables.charges)


def begin(  # noqa: PLR0913  what is charged, and whom it belongs to
    tx: Connection,
    payment_id: str,
    attempt: int,
    payment_method: str | None,
    now: datetime,
    *,
    provider_customer: str | None = None,
    fingerprint: str | None = None,
    brand: str | None = None,
) -> Charge:
    """Write a charge of the amount due, before it is requested from the card provider.

    It is on session for a payment's first attempt, and for a card that no charge has saved yet.
    Called again, does as `repeat`; but a charge that was refused begins anew, under its next key.
    Raises `ConflictError` if the payment has ended: a worker that was unavailable may call this
    long after another worker ended the payment.
    """
    payment, known = payments.lock(tx, payment_id), find(tx, payment_id, attempt)
    if repeated := known and _repeat(tx, known):
        return repeated
    if not payment.status.is_open:
        message = f"Payment {payment_id} is {payment.status}; its card is not charged any more."
        raise ConflictError(message)
    charge = Charge(
        payment_id=payment_id,
        attempt=attempt,
        amount=payment.rest,
        currency=payment.currency,
        payment_method=payment_method,
        asked_at=now,
        key_number=known.key_number + 1 if known else 1,
        key_until=now + KEY_LIFETIME,
        provider_customer=provider_customer,
        fingerprint=fingerprint,
        brand=brand,
    )
    if provider_customer:
        on_session = attempt == 1 or not is_saved(tx, provider_customer, payment_method)
        charge = charge.model_copy(update={"on_session": on_session})
    if known is not None:
        return _save(tx, charge)
    tx.execute(_INSERT, charge.model_dump())
    payments.mark_charging(tx, payment)
    return charge


def repeat(tx: Connection, payment_id: str, attempt: int) -> Charge | None:
    """The charge as it is now, so that a retry sends the same request, which is counted here.

    None if it has to begin: there is none, or it was refused.
    """
    payments.lock(tx, payment_id)
    charge = find(tx, payment_id, attempt)
    return charge and _repeat(tx, charge)


def _repeat(tx: Connection, charge: Charge) -> Charge | None:
    if charge.is_settled or is_open(tx, charge):
        return charge
    if not charge.requests_sent:
        return None
    return _save(tx, charge.model_copy(update={"requests_sent": charge.requests_sent + 1}))


def refuse(tx: Connection, charge: Charge) -> bool:
    """Write that the provider refused the request, so that it had no effect.

    False, and nothing is written, if another request under the key may have had one.
    """
    was_only_request = tables.charges.c.requests_sent == 1
    return _change(tx, charge, was_only_request, ~HAS_OPEN_CHARGE, requests_sent=0)


def expire_key(tx: Connection, charge: Charge, now: datetime) -> Charge:
    """Stop using the charge's current idempotency key, which only repeats a fault.

    Returns the charge as it is now. An earlier expiry is kept.
    """
    _change(tx, charge, tables.charges.c.key_until > now, key_until=now)
    return find(tx, charge.payment_id, charge.attempt) or charge


def rotate_key(tx: Connection, charge: Charge, now: datetime) -> Charge | None:
    """Give the charge its next idempotency key, after the current one led to no outcome.

    Returns the charge as it is now; None if another worker rotated the key or settled the charge.
    """
    number, until = charge.key_number + 1, now + KEY_LIFETIME
    if not _change(tx, charge, key_number=number, key_until=until, requests_sent=1):
        return None
    return find(tx, charge.payment_id, charge.attempt)


_FAIL = update(tables.charges).where(IS_OF_ATTEMPT, HAS_NO_OUTCOME)
_PAY = update(tables.charges).where(
    IS_OF_ATTEMPT, or_(HAS_NO_OUTCOME, and_(tables.charges.c.charge_id.is_(None), HAS_OPEN_CHARGE))
)


def settle(tx: Connection, charge: Charge) -> bool:
    """Write the outcome that `charge` has; return False and write nothing if it has a final one.

    The first outcome is final, with one exception: a charge that failed but is still open may be
    paid later, when its customer authenticates it. The failure is kept then. So settle a charge
    before closing it. A charge that has paid never changes.
    """
    outcome = charge.model_dump(include={"charge_id", "failure"}, exclude_none=True)
    statement = _FAIL if charge.charge_id is None else _PAY
    return bool(tx.execute(statement, charge.row_key | outcome).rowcount)


_OF_ATTEMPT = select(tables.charges).where(IS_OF_ATTEMPT)
_PAID = select(tables.charges).where(
    tables.charges.c.payment_id == bindparam("payment_id"), tables.charges.c.charge_id.is_not(None)
)


def find(tx: Connection, payment_id: str, attempt: int) -> Charge | None:
    """The charge of that attempt."""
    return _read(tx, _OF_ATTEMPT, {"of_payment": payment_id, "of_attempt": attempt})


def find_paid(tx: Connection, payment_id: str) -> Charge | None:
    """The charge that took money; a payment has at most one."""
    return _read(tx, _PAID, {"payment_id": payment_id})


def keep_open(tx: Connection, charge: Charge, open_id: str) -> None:
    """Write that the charge is open, under the card provider's id; repeating changes nothing."""
    row = {"payment_id": charge.payment_id, "attempt": charge.attempt, "open_id": open_id}
    insert_new(tx, tables.open_charges, row)


def close(tx: Connection, payment_id: str) -> None:
    """Write that the payment's charge is not open any more."""
    open_charges = tables.open_charges
    tx.execute(delete(open_charges).where(open_charges.c.payment_id == payment_id))


_OPEN = select(tables.open_charges).where(
    tables.open_charges.c.payment_id == bindparam("payment_id")
)
_OPEN_BY_ID = select(tables.open_charges).where(
    tables.open_charges.c.open_id == bindparam("open_id")
)


def find_open(tx: Connection, payment_id: str) -> OpenCharge | None:
    """The payment's open charge."""
    return _read_open(tx, _OPEN, {"payment_id": payment_id})


def find_open_by_id(tx: Connection, open_id: str) -> OpenCharge | None:
    """The open charge that has this id at the card provider."""
    return _read_open(tx, _OPEN_BY_ID, {"open_id": open_id})


def is_open(tx: Connection, charge: Charge) -> bool:
    """Whether this charge, and not another one of its payment, is open."""
    found = find_open(tx, charge.payment_id)
    return found is not None and found.charge.attempt == charge.attempt


def find_unauthenticated(tx: Connection, payment_id: str, owner: str | None) -> str | None:
    """The provider's id of the open charge that the customer may authenticate.

    None if there is none, or the payment is not the `owner`'s. An `owner` of None owns everything.
    """
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


def find_undecided_attempt(tx: Connection, payment_id: str) -> int | None:
    """The last attempt that may still take money: it is open, or its outcome is unknown."""
    charges, open_charges = tables.charges, tables.open_charges
    unknown = select(charges.c.attempt).where(
        charges.c.payment_id == payment_id,
        MAY_TAKE_MONEY,
    )
    left_open = select(open_charges.c.attempt).where(open_charges.c.payment_id == payment_id)
    return max(tx.execute(unknown.union(left_open)).scalars(), default=None)


def any_unanswered(tx: Connection, since: datetime, until: datetime) -> bool:
    """Whether a charge first requested in this period has no answer yet: no outcome, not open."""
    charges = tables.charges
    unanswered = select(charges.c.payment_id).where(
        MAY_TAKE_MONEY,
        charges.c.asked_at.between(since, until),
        ~HAS_OPEN_CHARGE,
    )
    return tx.execute(unanswered.limit(1)).first() is not None


def is_saved(tx: Connection, provider_customer: str, payment_method: str | None) -> bool:
    """Whether a charge of this customer with this card has paid, which saved the card."""
    charges = tables.charges
    paid = select(charges.c.payment_id).where(
        charges.c.provider_customer == provider_customer,
        charges.c.payment_method == payment_method,
        charges.c.charge_id.is_not(None),
    )
    return tx.execute(paid.limit(1)).first() is not None


def _change(
    tx: Connection, charge: Charge, *conditions: ColumnElement[bool], **values: Any
) -> bool:
    """Change the row of a charge without an outcome; False if not, or if its key was rotated."""
    has_same_key = tables.charges.c.key_number == charge.key_number
    change = update(tables.charges).where(IS_OF_ATTEMPT, HAS_NO_OUTCOME, has_same_key, *conditions)
    return bool(tx.execute(change.values(values), charge.row_key).rowcount)


_SAVE = update(tables.charges).where(IS_OF_ATTEMPT)


def _save(tx: Connection, charge: Charge) -> Charge:
    tx.execute(_SAVE, charge.row_key | charge.model_dump())
    return charge


def _read(tx: Connection, statement: Select[Any], key: dict[str, Any]) -> Charge | None:
    row = tx.execute(statement, key).mappings().one_or_none()
    return Charge.model_validate(row) if row else None


def _read_open(tx: Connection, statement: Select[Any], key: dict[str, Any]) -> OpenCharge | None:
    row = tx.execute(statement, key).one_or_none()
    if row is None:
        return None
    charge = find(tx, row.payment_id, row.attempt)
    if charge is None:
        raise LookupError(row.payment_id)
    return OpenCharge(charge, row.open_id)
