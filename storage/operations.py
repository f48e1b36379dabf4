"""Figures for whoever operates this; each comes with the very statement that it was asked with."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Connection,
    RowMapping,
    Select,
    cast,
    extract,
    func,
    select,
    tuple_,
)

from domain.payment import Payment
from domain.statuses import PaymentStatus
from storage import tables

_OPEN = [status for status in PaymentStatus if status.is_open]


@dataclass(frozen=True)
class Found:
    """What a statement found, and the statement, in the database's own SQL."""

    rows: Sequence[RowMapping]
    query: str


@dataclass(frozen=True)
class Waiting:
    """Payments that wait for a card, and the statement that found them."""

    payments: Sequence[Payment]
    query: str


def orders_by_status(tx: Connection) -> Found:
    """`status`, how many `orders` have it, and when the `oldest` of them was placed."""
    orders = tables.orders
    return _ask(
        tx,
        select(
            orders.c.status,
            func.count().label("orders"),
            func.min(orders.c.placed_at).label("oldest"),
        ).group_by(orders.c.status),
    )


def outstanding(tx: Connection) -> Found:
    """One row: how many `payments` are open, and the `amount` in cents they are not held of."""
    payments = tables.payments
    missing = payments.c.amount - payments.c.withdrawn - payments.c.charged
    return _ask(
        tx,
        select(
            func.count().label("payments"),
            # PostgreSQL adds whole numbers up to a decimal.
            cast(func.coalesce(func.sum(missing), 0), BigInteger).label("amount"),
        ).where(payments.c.status.in_(_OPEN)),
    )


def declined(tx: Connection) -> Found:
    """By their `status` now, how many `payments` had a card fail at least once."""
    payments = tables.payments
    return _ask(
        tx,
        select(payments.c.status, func.count().label("payments"))
        .where(payments.c.waiting_since.is_not(None))
        .group_by(payments.c.status),
    )


def orders_by_minute(tx: Connection, since: datetime) -> Found:
    """The `minute`, in seconds since 1970, and how many `orders` were placed in it; if any."""
    placed_at = tables.orders.c.placed_at
    seconds = extract("epoch", placed_at)
    minute = cast(seconds - seconds % 60, BigInteger).label("minute")
    return _ask(
        tx,
        select(minute, func.count().label("orders"))
        .where(placed_at >= since)
        .group_by(minute)
        .order_by(minute),
    )


def waiting_for_a_card(tx: Connection, limit: int, behind: tuple[datetime, str] | None) -> Waiting:
    """The `limit` payments canceled next, behind the (deadline, id) of the last one seen."""
    payments = tables.payments
    statement = (
        select(payments)
        .where(payments.c.status == PaymentStatus.AWAITING_CARD)
        .order_by(payments.c.deadline, payments.c.id)
        .limit(limit)
    )
    if behind is not None:
        seen = tuple_(*behind, types=[payments.c.deadline.type, payments.c.id.type])
        statement = statement.where(tuple_(payments.c.deadline, payments.c.id) > seen)
    found = _ask(tx, statement)
    return Waiting([Payment.model_validate(row) for row in found.rows], found.query)


def _ask(tx: Connection, statement: Select[*tuple[Any, ...]]) -> Found:
    # A style of parameters in which no percent sign is doubled.
    dialect: Any = type(tx.dialect)
    written = statement.compile(
        dialect=dialect(paramstyle="named"), compile_kwargs={"literal_binds": True}
    )
    return Found(tx.execute(statement).mappings().all(), str(written))
