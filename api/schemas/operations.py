"""What operators see of all orders and payments, over the wire. Money is integer cents.

Each figure has the query it was asked with, which can be run as it is.
"""

from datetime import UTC, datetime
from typing import Annotated, Self

from pydantic import AwareDatetime, BaseModel, Field
from sqlalchemy import Connection

from api.schemas.requests import MAX_PAGE, Body
from api.schemas.responses import Payment
from domain.statuses import OrderStatus, PaymentStatus
from storage import operations
from storage.operations import QueryResult

_MAX_MINUTES = 24 * 60
_LATER_RECEIVED = {PaymentStatus.RECEIVED, PaymentStatus.REFUNDING, PaymentStatus.REFUNDED}

Query = Annotated[str, Field(description="The database's own SQL, as it was asked.")]


class OperationsQuery(Body):
    """`GET /operations`: over how many minutes orders are counted."""

    minutes: Annotated[int, Field(ge=1, le=_MAX_MINUTES)] = 60


class WaitingQuery(Body):
    """`GET /operations/waiting`: how many payments at once."""

    limit: Annotated[int, Field(ge=1, le=MAX_PAGE)] = 50
    cursor: Annotated[
        str | None, Field(max_length=200, description="`next_cursor` of the page before.")
    ] = None


class StatusCount(BaseModel):
    """How many orders have the status, and for how many seconds the oldest has been placed."""

    status: OrderStatus
    orders: int
    oldest_seconds: float | None


class OrdersByStatus(BaseModel):
    """Every status, and how old the oldest order is that has not ended."""

    statuses: list[StatusCount]
    open: int
    oldest_open_seconds: float | None
    query: Query

    @classmethod
    def of(cls, found: QueryResult, now: datetime) -> Self:
        """At that moment."""
        rows = {row["status"]: row for row in found.rows}
        counts = [
            StatusCount(
                status=status,
                orders=rows[status]["orders"] if status in rows else 0,
                oldest_seconds=_seconds(rows[status]["oldest"], now) if status in rows else None,
            )
            for status in OrderStatus
        ]
        still_open = [count for count in counts if not count.status.is_final]
        ages = [count.oldest_seconds for count in still_open if count.oldest_seconds is not None]
        return cls(
            statuses=counts,
            open=sum(count.orders for count in still_open),
            oldest_open_seconds=max(ages, default=None),
            query=found.query,
        )


class Outstanding(BaseModel):
    """What open payments were asked for and do not hold yet."""

    payments: int
    amount: int
    query: Query

    @classmethod
    def of(cls, found: QueryResult) -> Self:
        """Of all open payments."""
        return cls(**found.rows[0], query=found.query)


class Recovered(BaseModel):
    """Payments whose card was declined: of those that ended, how many were received after all."""

    declined: int
    waiting: int
    received: int
    canceled: int
    share: Annotated[float | None, Field(description="Received of received and canceled.")]
    query: Query

    @classmethod
    def of(cls, found: QueryResult) -> Self:
        """Of all payments whose card was declined at least once."""
        payments = {PaymentStatus(row["status"]): int(row["payments"]) for row in found.rows}
        declined = sum(payments.values())
        received = sum(payments.get(status, 0) for status in _LATER_RECEIVED)
        canceled = payments.get(PaymentStatus.CANCELED, 0)
        ended = received + canceled
        return cls(
            declined=declined,
            waiting=declined - ended,
            received=received,
            canceled=canceled,
            share=received / ended if ended else None,
            query=found.query,
        )


class MinuteCount(BaseModel):
    """How many orders were placed in the minute that began then."""

    at: AwareDatetime
    orders: int


class Rate(BaseModel):
    """Orders in the last minutes; minutes without any are left out."""

    minutes: int
    orders: int
    per_minute: float
    counts: list[MinuteCount]
    query: Query

    @classmethod
    def of(cls, found: QueryResult, minutes: int) -> Self:
        """Of so many minutes."""
        counts = [
            MinuteCount(at=datetime.fromtimestamp(row["minute"], UTC), orders=row["orders"])
            for row in found.rows
        ]
        orders = sum(count.orders for count in counts)
        return cls(
            minutes=minutes,
            orders=orders,
            per_minute=orders / minutes,
            counts=counts,
            query=found.query,
        )


class Operations(BaseModel):
    """All of them in one snapshot."""

    at: AwareDatetime
    currency: str
    orders: OrdersByStatus
    outstanding: Outstanding
    recovered: Recovered
    rate: Rate


class WaitingPage(BaseModel):
    """Payments that wait for a card; what is canceled next comes first."""

    payments: list[Payment]
    next_cursor: str | None
    query: Query


def read(tx: Connection, now: datetime, since: datetime, minutes: int, currency: str) -> Operations:
    """What the database has at the moment `now`; orders are counted from `since` on."""
    return Operations(
        at=now,
        currency=currency,
        orders=OrdersByStatus.of(operations.orders_by_status(tx), now),
        outstanding=Outstanding.of(operations.outstanding(tx)),
        recovered=Recovered.of(operations.declined(tx)),
        rate=Rate.of(operations.orders_by_minute(tx, since), minutes),
    )


def _seconds(moment: datetime, now: datetime) -> float:
    return max((now - moment).total_seconds(), 0.0)
