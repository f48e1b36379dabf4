"""Operations metrics: all orders and payments in figures. Money is integer cents.

Each metric contains the SQL query that computed it, ready to be run again.
"""

from datetime import UTC, datetime
from typing import Annotated, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from sqlalchemy import Connection

from api.schemas.ledger_and_mails import ParkedMails
from api.schemas.requests import MAX_LIMIT, Body
from api.schemas.responses import PaymentResponse
from domain.disputes import DisputeKind
from domain.statuses import OrderStatus, PaymentStatus, RefundState
from storage import operations, owed_refunds
from storage.operations import QueryResult

_MAX_MINUTES = 24 * 60
_MAX_REFUNDS = 100
_MOST_DISPUTES = 50
_MOST_MAILS = 50
_RECEIVED = {PaymentStatus.RECEIVED, PaymentStatus.REFUNDING, PaymentStatus.REFUNDED}

Query = Annotated[str, Field(description="The SQL that was run.")]


class OperationsQuery(Body):
    """`GET /operations`: over how many minutes orders are counted."""

    minutes: Annotated[int, Field(ge=1, le=_MAX_MINUTES)] = 60


class WaitingQuery(Body):
    """`GET /operations/waiting`: how many payments per response."""

    limit: Annotated[int, Field(ge=1, le=MAX_LIMIT)] = 50
    cursor: Annotated[
        str | None, Field(max_length=200, description="`next_cursor` of the previous response.")
    ] = None


class StatusCount(BaseModel):
    """How many orders have the status; `oldest_seconds` since the oldest of them was placed."""

    status: OrderStatus
    orders: int
    oldest_seconds: float | None


class OrdersByStatus(BaseModel):
    """Orders per status; `oldest_open_seconds` since the oldest open order was placed."""

    statuses: list[StatusCount]
    open: int
    oldest_open_seconds: float | None
    query: Query

    @classmethod
    def of(cls, found: QueryResult, now: datetime) -> Self:
        """With ages at `now`."""
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
    """The amount due of all open payments."""

    payments: int
    amount: int
    query: Query

    @classmethod
    def of(cls, found: QueryResult) -> Self:
        """Convert from the query's result."""
        return cls(**found.rows[0], query=found.query)


class HeldByProvider(BaseModel):
    """What cards paid and was not given back to them, by the ledger's clearing account."""

    amount: int
    query: Query

    @classmethod
    def of(cls, found: QueryResult) -> Self:
        """Convert from the query's result."""
        return cls(**found.rows[0], query=found.query)


class Recovered(BaseModel):
    """Payments whose card was declined at least once: how many were received nevertheless."""

    declined: int
    waiting: int
    received: int
    canceled: int
    share: Annotated[float | None, Field(description="Received divided by received and canceled.")]
    query: Query

    @classmethod
    def of(cls, found: QueryResult) -> Self:
        """Convert from the query's result."""
        payments = {PaymentStatus(row["status"]): int(row["payments"]) for row in found.rows}
        declined = sum(payments.values())
        received = sum(payments.get(status, 0) for status in _RECEIVED)
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


class OwedRefund(BaseModel):
    """A refund of `amount` cents that the customer's card did not get, for the reason `failure`."""

    payment_id: str
    reference: str
    customer_id: str
    amount: int
    currency: str
    status: RefundState
    failure: str | None
    since: AwareDatetime


class OwedRefunds(BaseModel):
    """Refunds that wait for an operator, the oldest first; at most 100 are listed."""

    waiting: int
    refunds: list[OwedRefund]
    query: Query

    @classmethod
    def read(cls, tx: Connection) -> Self:
        """Refunds that were refused or failed, and are neither replaced nor settled."""
        found = operations.refunds_owed(tx, _MAX_REFUNDS)
        listed = [OwedRefund.model_validate(dict(row)) for row in found.rows]
        return cls(waiting=owed_refunds.count(tx), refunds=listed, query=found.query)


class MinuteCount(BaseModel):
    """How many orders were placed in the minute that begins at `at`."""

    at: AwareDatetime
    orders: int


class Rate(BaseModel):
    """Orders placed in the last `minutes`; `counts` omits minutes without orders."""

    minutes: int
    orders: int
    per_minute: float
    counts: list[MinuteCount]
    query: Query

    @classmethod
    def of(cls, found: QueryResult, minutes: int) -> Self:
        """Convert from the query's result."""
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


class OpenDispute(BaseModel):
    """A dispute or early fraud warning that is not closed; `amount` in cents, null for a warning.

    Without a `payment_id` the charge is none of ours. `order_id` is set if the payment is an
    order's. `reason` and `status` are the card provider's words.
    """

    model_config = ConfigDict(from_attributes=True)

    id: str
    kind: DisputeKind
    payment_id: str | None
    order_id: str | None
    charge_id: str
    amount: int | None
    currency: str | None
    reason: str | None
    status: str
    opened_at: AwareDatetime


class OpenDisputes(BaseModel):
    """How many disputes and early fraud warnings are open, and the first of them: ours, by age."""

    open: int
    disputes: list[OpenDispute]
    query: Query

    @classmethod
    def of(cls, found: QueryResult) -> Self:
        """Convert from the query's result."""
        return cls(
            open=found.rows[0]["open"] if found.rows else 0,
            disputes=[OpenDispute.model_validate(dict(row)) for row in found.rows],
            query=found.query,
        )


class Operations(BaseModel):
    """All operations metrics, from one snapshot of the database."""

    at: AwareDatetime
    currency: str
    orders: OrdersByStatus
    outstanding: Outstanding
    held_by_provider: HeldByProvider
    recovered: Recovered
    refunds: OwedRefunds
    rate: Rate
    disputes: OpenDisputes
    mails: ParkedMails


class WaitingPaymentList(BaseModel):
    """Payments that wait for a card, those with the nearest deadline first."""

    payments: list[PaymentResponse]
    next_cursor: str | None
    query: Query


def read_metrics(
    tx: Connection, now: datetime, since: datetime, minutes: int, currency: str
) -> Operations:
    """The metrics at `now`; the rate counts orders placed since `since`."""
    return Operations(
        at=now,
        currency=currency,
        orders=OrdersByStatus.of(operations.orders_by_status(tx), now),
        outstanding=Outstanding.of(operations.outstanding(tx)),
        held_by_provider=HeldByProvider.of(operations.held_by_provider(tx)),
        recovered=Recovered.of(operations.declined(tx)),
        refunds=OwedRefunds.read(tx),
        rate=Rate.of(operations.orders_by_minute(tx, since), minutes),
        disputes=OpenDisputes.of(operations.open_disputes(tx, _MOST_DISPUTES)),
        mails=ParkedMails.of(operations.mails_parked(tx, _MOST_MAILS)),
    )


def _seconds(moment: datetime, now: datetime) -> float:
    return max((now - moment).total_seconds(), 0.0)
