"""Rate limits of card updates: they stop attackers from testing stolen cards.

A new card of a customer counts for each of their payments, also for payments requested later that
day: which payments it reaches is not known yet. Because the number of payments is not limited, a
second limit covers all card updates of one customer.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Connection, delete, insert, select

from domain.errors import LimitReachedError
from domain.statuses import PaymentStatus
from storage import customers, tables

DAY = timedelta(days=1)


class Limits(NamedTuple):
    """Numbers of card updates accepted within a day."""

    of_payment: int
    of_customer: int


def note(
    tx: Connection, customer_id: str, payment_id: str | None, now: datetime, limits: Limits
) -> int:
    """Record a card update of the payment, or of the customer if `payment_id` is None.

    Returns the number by which to take it back. Raises `LimitReachedError` if that exceeds the
    limit of the customer, or of a payment that the update reaches, and `NotFoundError` if the
    customer does not exist.
    """
    customers.lock(tx, customer_id)
    updates = tables.card_updates
    tx.execute(
        delete(updates).where(updates.c.customer_id == customer_id, updates.c.at <= now - DAY)
    )
    given = _given(tx, customer_id)
    _check([one.at for one in given], limits.of_customer, now)
    open = [one for one in given if one.is_open]
    for payment in {payment_id} if payment_id else {None, *(one.payment_id for one in open)}:
        reached = [one.at for one in open if one.payment_id in {None, payment}]
        _check(reached, limits.of_payment, now)
    noted = tx.execute(
        insert(updates)
        .values(customer_id=customer_id, payment_id=payment_id, at=now)
        .returning(updates.c.number)
    )
    return noted.scalar_one()


def take_back(tx: Connection, number: int) -> None:
    """Forget the card update that was noted under that number; repeating changes nothing."""
    tx.execute(delete(tables.card_updates).where(tables.card_updates.c.number == number))


class _Given(NamedTuple):
    payment_id: str | None
    at: datetime
    is_open: bool
    """Whether it was not for a payment that has ended."""


def _check(counted: Sequence[datetime], limit: int, now: datetime) -> None:
    if len(counted) >= limit:
        message = f"A card can be updated {limit} times a day; try again later."
        raise LimitReachedError(message, counted[-limit] + DAY - now)


def _given(tx: Connection, customer_id: str) -> list[_Given]:
    """All card updates of the customer, oldest first."""
    updates, payments = tables.card_updates, tables.payments
    rows = tx.execute(
        select(updates.c.payment_id, updates.c.at, payments.c.status)
        .outerjoin(payments, payments.c.id == updates.c.payment_id)
        .where(updates.c.customer_id == customer_id)
        .order_by(updates.c.at)
    )
    return [
        _Given(row.payment_id, row.at, row.status is None or PaymentStatus(row.status).is_open)
        for row in rows
    ]
