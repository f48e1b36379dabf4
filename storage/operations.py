"""Metrics for operators, each with the SQL statement that it was queried with."""

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
from storage.disputes import is_open
from storage.ledger import CARDS
from storage.owed_refunds import is_owed

_OPEN = [status for status in PaymentStatus if status.is_open]


@dataclass(frozen=True)
class QueryResult:
    """A statement's rows, and the statement in the database's SQL dialect."""

    rows: Sequence[RowMapping]
    query: str


@dataclass(frozen=True)
class WaitingPayments:
    """Payments that wait for a card, and the statement that they were queried with."""

    payments: Sequence[Payment]
    query: str


def orders_by_status(tx: Connection) -> QueryResult:
    """Per `status`: the number of `orders`, and when the `oldest` of them was placed."""
    orders = tables.orders
    return _query(
        tx,
        select(
            orders.c.status,
            func.count().label("orders"),
            func.min(orders.c.placed_at).label("oldest"),
        ).group_by(orders.c.status),
    )


def outstanding(tx: Connection) -> QueryResult:
    """One row: the number of open `payments`, and the total `amount` due of them, in cents."""
    payments = tables.payments
    missing = payments.c.amount - payments.c.withdrawn - payments.c.charged
    return _query(
        tx,
        select(
            func.count().label("payments"),
            # PostgreSQL's sum of integers is a decimal.
            cast(func.coalesce(func.sum(missing), 0), BigInteger).label("amount"),
        ).where(payments.c.status.in_(_OPEN)),
    )


def held_by_provider(tx: Connection) -> QueryResult:
    """One row: the `amount` that the card provider holds, in cents, as the ledger says."""
    accounts = tables.accounts
    return _query(
        tx,
        # PostgreSQL's sum of integers is a decimal.
        select(
            cast(func.coalesce(-func.sum(accounts.c.balance), 0), BigInteger).label("amount")
        ).where(accounts.c.id == CARDS),
    )


def declined(tx: Connection) -> QueryResult:
    """Per present `status`: the number of `payments` whose card failed at least once."""
    payments = tables.payments
    return _query(
        tx,
        select(payments.c.status, func.count().label("payments"))
        .where(payments.c.waiting_since.is_not(None))
        .group_by(payments.c.status),
    )


def refunds_owed(tx: Connection, limit: int) -> QueryResult:
    """The refunds that were refused or failed, and nobody has settled; the oldest first."""
    refunds, payments = tables.refunds, tables.payments
    return _query(
        tx,
        select(
            refunds.c.payment_id,
            refunds.c.reference,
            payments.c.customer_id,
            refunds.c.to_card.label("amount"),
            payments.c.currency,
            refunds.c.status,
            refunds.c.failure,
            refunds.c.updated_at.label("since"),
        )
        .join(payments, payments.c.id == refunds.c.payment_id)
        .where(is_owed())
        .order_by(refunds.c.updated_at, refunds.c.payment_id, refunds.c.reference)
        .limit(limit),
    )


def mails_parked(tx: Connection, limit: int) -> QueryResult:
    """The mails that can't be sent, the oldest first, each with how many are `parked` in all."""
    mails = tables.mails
    refused = mails.alias()
    # Not a window's count: it would have every mail read.
    parked = (
        select(func.count()).select_from(refused).where(refused.c.refused_at.is_not(None))
    ).scalar_subquery()
    return _query(
        tx,
        select(
            mails.c.id,
            mails.c.customer_id,
            mails.c.subject,
            mails.c.reason,
            mails.c.refused_at.label("since"),
            parked.label("parked"),
        )
        .where(mails.c.refused_at.is_not(None))
        .order_by(mails.c.refused_at, mails.c.id)
        .limit(limit),
    )


def orders_by_minute(tx: Connection, since: datetime) -> QueryResult:
    """Per `minute`, in seconds since 1970, with orders: the number of `orders` placed in it."""
    placed_at = tables.orders.c.placed_at
    seconds = extract("epoch", placed_at)
    minute = cast(seconds - seconds % 60, BigInteger).label("minute")
    return _query(
        tx,
        select(minute, func.count().label("orders"))
        .where(placed_at >= since)
        .group_by(minute)
        .order_by(minute),
    )


def open_disputes(tx: Connection, limit: int) -> QueryResult:
    """The first `limit` open disputes and warnings, ours first, the oldest first.

    Each with the id of its order, if any, and with how many are `open` in all.
    """
    disputes, orders = tables.disputes, tables.orders
    return _query(
        tx,
        select(disputes, orders.c.id.label("order_id"), func.count().over().label("open"))
        .outerjoin(orders, orders.c.id == disputes.c.payment_id)
        .where(is_open())
        .order_by(disputes.c.payment_id.is_(None), disputes.c.opened_at, disputes.c.id)
        .limit(limit),
    )


def waiting_for_a_card(
    tx: Connection, limit: int, after: tuple[datetime, str] | None
) -> WaitingPayments:
    """The next `limit` payments by deadline, after the (deadline, id) of the last one seen."""
    payments = tables.payments
    statement = (
        select(payments)
        .where(payments.c.status == PaymentStatus.AWAITING_CARD)
        .order_by(payments.c.deadline, payments.c.id)
        .limit(limit)
    )
    if after is not None:
        seen = tuple_(*after, types=[payments.c.deadline.type, payments.c.id.type])
        statement = statement.where(tuple_(payments.c.deadline, payments.c.id) > seen)
    found = _query(tx, statement)
    return WaitingPayments([Payment.model_validate(row) for row in found.rows], found.query)


def _query(tx: Connection, statement: Select[*tuple[Any, ...]]) -> QueryResult:
    # This style of parameters does not double percent signs.
    dialect: Any = type(tx.dialect)
    compiled = statement.compile(
        dialect=dialect(paramstyle="named"), compile_kwargs={"literal_binds": True}
    )
    return QueryResult(tx.execute(statement).mappings().all(), str(compiled))
