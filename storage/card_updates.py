"""Rate limits of card updates: they stop attackers from testing stolen cards.

A new card of a customer counts for each of their payments, also for payments requested later that
day: which payments it reaches is not known yet. A second limit covers all card updates of one
customer, and a third one the charges that they may cause: one for each payment that is open.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Connection, delete, func, insert, select, update

from domain.errors import LimitReachedError
from domain.statuses import PaymentStatus
from storage import customers, payments, tables

DAY = timedelta(days=1)


class Limits(NamedTuple):
    """Numbers of card updates accepted within a day, and of the charges that they may cause."""

    of_payment: int
    of_customer: int
    charges: int


def note(
    tx: Connection, customer_id: str, payment_id: str | None, now: datetime, limits: Limits
) -> int:
    """Record a card update of the payment, or of the customer if `payment_id` is None.

    Returns the number by which to take it back. Raises `LimitReachedError` if that exceeds the
    limits of the customer, or of a payment that the update reaches, and `NotFoundError` if the
    customer does not exist. The last update before the limit of charges may exceed it, so that a
    customer with many open payments can pay them at all.
    """
    customers.lock(tx, customer_id)
    updates = tables.card_updates
    tx.execute(
        delete(updates).where(updates.c.customer_id == customer_id, updates.c.at <= now - DAY)
    )
    given = _given(tx, customer_id)
    _check([one.at for one in given], limits.of_customer, now)
    charges = [one.at for one in given for _ in range(one.charges)]
    _check(charges, limits.charges, now, "Charges by updated cards are limited to {} a day")
    open = [one for one in given if one.is_open]
    for payment in {payment_id} if payment_id else {None, *(one.payment_id for one in open)}:
        reached = [one.at for one in open if one.payment_id in {None, payment}]
        _check(reached, limits.of_payment, now)
    reached = 1 if payment_id else len(payments.open_of_customer(tx, customer_id))
    noted = tx.execute(
        insert(updates)
        .values(customer_id=customer_id, payment_id=payment_id, at=now, charges=max(1, reached))
        .returning(updates.c.number)
    )
    return noted.scalar_one()


def take_back(tx: Connection, number: int) -> None:
    """Forget the card update that was noted under that number; repeating changes nothing."""
    tx.execute(delete(tables.card_updates).where(tables.card_updates.c.number == number))


def find_pending(
    tx: Connection, customer_id: str, payment_method: str, now: datetime
) -> int | None:
    """The number of the customer's update with this card that was left pending within a day."""
    updates = tables.card_updates
    pending = select(func.max(updates.c.number)).where(
        updates.c.customer_id == customer_id,
        updates.c.at > now - DAY,
        updates.c.pending_card == payment_method,
    )
    return tx.execute(pending).scalar_one()


def set_pending(tx: Connection, number: int, payment_method: str | None) -> None:
    """Write that the update goes on with this card after its request; or, with None, its end."""
    updates = tables.card_updates
    tx.execute(
        update(updates).where(updates.c.number == number).values(pending_card=payment_method)
    )


class _Given(NamedTuple):
    payment_id: str | None
    at: datetime
    charges: int
    is_open: bool
    """Whether it was not for a payment that has ended."""


def _check(
    counted: Sequence[datetime],
    limit: int,
    now: datetime,
    message: str = "A card can be updated {} times a day",
) -> None:
    if len(counted) >= limit:
        message = f"{message.format(limit)}; try again later."
        raise LimitReachedError(message, counted[-limit] + DAY - now)


def _given(tx: Connection, customer_id: str) -> list[_Given]:
    """All card updates of the customer, oldest first."""
    updates, known = tables.card_updates, tables.payments
    # Older releases write no number of charges.
    charges = func.coalesce(updates.c.charges, 1).label("charges")
    rows = tx.execute(
        select(updates.c.payment_id, updates.c.at, charges, known.c.status)
        .outerjoin(known, known.c.id == updates.c.payment_id)
        .where(updates.c.customer_id == customer_id)
        .order_by(updates.c.at)
    )
    return [
        _Given(
            row.payment_id,
            row.at,
            row.charges,
            row.status is None or PaymentStatus(row.status).is_open,
        )
        for row in rows
    ]
