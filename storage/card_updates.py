"""How often a customer gives a card: whoever tries out stolen cards does so again and again.

A customer's own card counts for every payment of theirs, also for those that are yet to come that
day: which ones it will reach is known only when it does.
"""

from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, insert, or_, select

from domain.errors import LimitReachedError
from domain.names import PaymentStatus
from storage import customers, tables

DAY = timedelta(days=1)


def note(
    tx: Connection, customer_id: str, payment_id: str | None, now: datetime, limit: int
) -> None:
    """Write down that a card is about to be given to the payment; without one, to the customer.

    Raises `LimitReachedError` if that would be more than `limit` times within a day for a payment
    that it reaches, and `NotFoundError` if there is no such customer.
    """
    customers.lock(tx, customer_id)
    updates = tables.card_updates
    tx.execute(
        delete(updates).where(updates.c.customer_id == customer_id, updates.c.at <= now - DAY)
    )
    known = _of_open_payments(tx, customer_id)
    reached = {payment_id} if payment_id else {None, *(payment for payment, _ in known)}
    for payment in reached:
        counted = [at for given_to, at in known if given_to in {None, payment}]
        if len(counted) >= limit:
            message = f"A card can be given {limit} times a day; try again later."
            raise LimitReachedError(message, counted[-limit] + DAY - now)
    tx.execute(insert(updates).values(customer_id=customer_id, payment_id=payment_id, at=now))


def _of_open_payments(tx: Connection, customer_id: str) -> list[tuple[str | None, datetime]]:
    """What the customer gave, and when, oldest first; nothing of payments that have ended."""
    updates, payments = tables.card_updates, tables.payments
    rows = tx.execute(
        select(updates.c.payment_id, updates.c.at)
        .outerjoin(payments, payments.c.id == updates.c.payment_id)
        .where(
            updates.c.customer_id == customer_id,
            or_(
                payments.c.id.is_(None),
                payments.c.status.in_([status for status in PaymentStatus if status.is_open]),
            ),
        )
        .order_by(updates.c.at)
    )
    return [(row.payment_id, row.at) for row in rows]
