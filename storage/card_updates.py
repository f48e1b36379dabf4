"""How often a customer gives a card: whoever tries out stolen cards does so again and again.

A customer's own card counts for every payment of theirs, also for those that are yet to come that
day: which ones it will reach is known only when it does. As a customer can have ever so many
payments, there is a limit for all of them together, too.
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
    """How many cards are taken within a day."""

    of_payment: int
    of_customer: int


def note(
    tx: Connection, customer_id: str, payment_id: str | None, now: datetime, limits: Limits
) -> None:
    """Write down that a card is about to be given to the payment; without one, to the customer.

    Raises `LimitReachedError` if that would be too many for the customer, or for a payment that it
    reaches, and `NotFoundError` if there is no such customer.
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
    tx.execute(insert(updates).values(customer_id=customer_id, payment_id=payment_id, at=now))


class _Given(NamedTuple):
    payment_id: str | None
    at: datetime
    is_open: bool
    """Not given to a payment that has ended."""


def _check(counted: Sequence[datetime], limit: int, now: datetime) -> None:
    if len(counted) >= limit:
        message = f"A card can be given {limit} times a day; try again later."
        raise LimitReachedError(message, counted[-limit] + DAY - now)


def _given(tx: Connection, customer_id: str) -> list[_Given]:
    """All cards that the customer gave, oldest first."""
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
