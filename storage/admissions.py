"""Limits of what a customer has open: orders, payments, and pieces held before they are paid.

An order or payment is accepted by starting its workflow, which writes its row a moment later. An
admission is counted in its place until then. Whether the workflow of a doubtful one was started is
for the caller to look up.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import (
    Connection,
    Select,
    Table,
    and_,
    bindparam,
    delete,
    func,
    or_,
    select,
    union,
    update,
)

from domain.errors import ConflictError, LimitReachedError
from domain.order import Order
from domain.payment import Payment
from domain.statuses import OrderStatus, OrderStep, PaymentStatus
from storage import customers, tables
from storage.insertion import insert_new

START_TIMEOUT = timedelta(minutes=1)
"""After that the request which was admitted has ended, whether or not it started a workflow."""

LOOKED_UP_AT_ONCE = 50
"""How many admissions are doubtful at once, so that no request looks up too many workflows."""

RETRY_AFTER = timedelta(minutes=1)

_OPEN_ORDERS = [status for status in OrderStatus if not status.is_final]
_OPEN_PAYMENTS = [status for status in PaymentStatus if status.is_open]

_IS_WRITTEN = or_(
    tables.admissions.c.id.in_(select(tables.orders.c.id)),
    tables.admissions.c.id.in_(select(tables.payments.c.id)),
)
"""That the order or payment of a row of `admissions` has a row itself."""

_FORGET_WRITTEN = delete(tables.admissions).where(
    tables.admissions.c.customer_id == bindparam("customer_id"), _IS_WRITTEN
)

_COUNTED = union(
    *(
        select(table.c.id).where(table.c.id == bindparam("id"))
        for table in (tables.admissions, tables.orders, tables.payments)
    )
)


def _count(kind: str, table: Table, open: Collection[str]) -> Select[int]:
    """How many of that kind are open of a customer, those admitted included."""
    written = select(func.count()).where(
        table.c.customer_id == bindparam("customer_id"), table.c.status.in_(open)
    )
    admitted = select(func.count()).where(
        tables.admissions.c.customer_id == bindparam("customer_id"),
        tables.admissions.c.kind == kind,
    )
    return select(written.scalar_subquery() + admitted.scalar_subquery())


_COUNT_ORDERS = _count("order", tables.orders, _OPEN_ORDERS)
_COUNT_PAYMENTS = _count("payment", tables.payments, _OPEN_PAYMENTS)
"""Those of orders included."""


class Limits(NamedTuple):
    """What a customer may have open at once."""

    orders: int
    payments: int
    pieces: int


class Admission(NamedTuple):
    """An order or payment that was admitted, and when it was begun last."""

    id: str
    kind: str
    at: datetime


def admit(tx: Connection, accepted: Order | Payment, now: datetime, limits: Limits) -> bool:
    """Count an order or payment whose workflow starts next; False if it is counted already.

    It is not doubtful then, as its start is under way. Concurrent calls for one customer wait for
    each other. Raises `NotFoundError` if the customer does not exist, `LimitReachedError` if too
    many are open, and `ConflictError` if the order would hold too many pieces before they are paid.
    """
    customer_id = accepted.customer_id
    customers.lock(tx, customer_id)
    tx.execute(_FORGET_WRITTEN, {"customer_id": customer_id})
    if tx.execute(_COUNTED, {"id": accepted.id}).first():
        _begin_at(tx, accepted.id, now)
        return False
    if isinstance(accepted, Order):
        kind, pieces = "order", _pieces_held(accepted)
        _check(tx, _COUNT_ORDERS, customer_id, limits.orders, "orders")
        if pieces:
            _check_pieces(_held_before_payment(tx, customer_id), pieces, limits.pieces)
    else:
        kind, pieces = "payment", 0
        _check(tx, _COUNT_PAYMENTS, customer_id, limits.payments, "payments")
    values = {"id": accepted.id, "kind": kind, "customer_id": customer_id}
    return insert_new(tx, tables.admissions, values | {"pieces": pieces, "at": now})


def take_back(tx: Connection, id: str) -> None:
    """Count the order or payment no more; repeating changes nothing."""
    tx.execute(delete(tables.admissions).where(tables.admissions.c.id == id))


def doubt(tx: Connection, id: str, now: datetime) -> None:
    """Write that the request has ended without knowing whether it started the workflow."""
    _begin_at(tx, id, now - START_TIMEOUT)


def find_doubtful(tx: Connection, customer_id: str, now: datetime) -> list[Admission]:
    """The oldest of those that count although their workflows were perhaps never started."""
    admissions = tables.admissions
    rows = tx.execute(
        select(admissions.c.id, admissions.c.kind, admissions.c.at)
        .where(
            admissions.c.customer_id == customer_id,
            admissions.c.at <= now - START_TIMEOUT,
            ~_IS_WRITTEN,
        )
        .order_by(admissions.c.at)
        .limit(LOOKED_UP_AT_ONCE)
    )
    return [Admission(*row) for row in rows]


def settle(
    tx: Connection, doubtful: Collection[Admission], started: Collection[Admission], now: datetime
) -> None:
    """Count those no more that were not `started`, and take the others for begun now.

    Those that were begun again since they were found are left as they are.
    """
    admissions = tables.admissions
    for one in doubtful:
        is_unchanged = and_(admissions.c.id == one.id, admissions.c.at == one.at)
        if one in started:
            tx.execute(update(admissions).where(is_unchanged).values(at=now))
        else:
            tx.execute(delete(admissions).where(is_unchanged))


def _begin_at(tx: Connection, id: str, at: datetime) -> None:
    tx.execute(update(tables.admissions).where(tables.admissions.c.id == id).values(at=at))


def _check(tx: Connection, count: Select[int], customer_id: str, limit: int, kind: str) -> None:
    open = tx.execute(count, {"customer_id": customer_id}).scalar_one()
    if open >= limit:
        message = f"{open} {kind} of this customer are open, and {limit} may be; try again later."
        raise LimitReachedError(message, RETRY_AFTER)


def _held_before_payment(tx: Connection, customer_id: str) -> int:
    """Pieces of open orders that take goods before they are paid, and are not paid yet."""
    orders, payments, admissions = tables.orders, tables.payments, tables.admissions
    rows = tx.execute(
        select(orders)
        .outerjoin(payments, payments.c.id == orders.c.id)
        .where(
            orders.c.customer_id == customer_id,
            orders.c.status.in_(_OPEN_ORDERS),
            or_(payments.c.id.is_(None), payments.c.status.in_(_OPEN_PAYMENTS)),
        )
    ).mappings()
    admitted = tx.execute(
        select(func.coalesce(func.sum(admissions.c.pieces), 0)).where(
            admissions.c.customer_id == customer_id
        )
    ).scalar_one()
    return int(admitted) + sum(_pieces_held(Order.model_validate(row)) for row in rows)


def _pieces_held(order: Order) -> int:
    """0 if the order is paid before it takes goods."""
    sequence = order.sequence
    if sequence.index(OrderStep.PAYMENT) < sequence.index(OrderStep.GOODS):
        return 0
    return sum(line.quantity for line in order.lines)


def _check_pieces(held: int, more: int, limit: int) -> None:
    if held + more > limit:
        message = (
            f"{held} pieces are held for unpaid orders of this customer, and {limit} may be. Pay "
            "for them, order fewer, or choose a policy that charges first."
        )
        raise ConflictError(message)
