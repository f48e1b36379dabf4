"""Limits of what a customer has open: orders, payments, and pieces held before they are paid.

An order or payment is accepted by starting its workflow, which writes its row a moment later. An
admission is counted in its place until then. Whether the workflow of a doubtful one was started is
for the caller to look up.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    and_,
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
    _forget_written(tx, customer_id)
    admissions = tables.admissions
    counted = (admissions, tables.orders, tables.payments)
    known = union(*(select(table.c.id).where(table.c.id == accepted.id) for table in counted))
    if tx.execute(known).first():
        _begin_at(tx, accepted.id, now)
        return False
    if isinstance(accepted, Order):
        kind, pieces = "order", _pieces_held(accepted)
        _check(_open_orders(tx, customer_id), limits.orders, "orders")
        if pieces:
            _check_pieces(_held_before_payment(tx, customer_id), pieces, limits.pieces)
    else:
        kind, pieces = "payment", 0
        _check(_open_payments(tx, customer_id), limits.payments, "payments")
    values = {"id": accepted.id, "kind": kind, "customer_id": customer_id}
    return insert_new(tx, admissions, values | {"pieces": pieces, "at": now})


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
            ~_is_written(),
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


def _forget_written(tx: Connection, customer_id: str) -> None:
    admissions = tables.admissions
    tx.execute(delete(admissions).where(admissions.c.customer_id == customer_id, _is_written()))


def _is_written() -> ColumnElement[bool]:
    """That the order or payment of a row of `admissions` has a row itself."""
    admissions = tables.admissions
    return or_(
        admissions.c.id.in_(select(tables.orders.c.id)),
        admissions.c.id.in_(select(tables.payments.c.id)),
    )


def _check(open: int, limit: int, kind: str) -> None:
    if open >= limit:
        message = f"{open} {kind} of this customer are open, and {limit} may be; try again later."
        raise LimitReachedError(message, RETRY_AFTER)


def _open_orders(tx: Connection, customer_id: str) -> int:
    orders = tables.orders
    written = select(func.count()).where(
        orders.c.customer_id == customer_id, orders.c.status.in_(_OPEN_ORDERS)
    )
    return tx.execute(written).scalar_one() + _admitted(tx, customer_id, "order")


def _open_payments(tx: Connection, customer_id: str) -> int:
    """Those of orders included."""
    payments = tables.payments
    written = select(func.count()).where(
        payments.c.customer_id == customer_id, payments.c.status.in_(_OPEN_PAYMENTS)
    )
    return tx.execute(written).scalar_one() + _admitted(tx, customer_id, "payment")


def _admitted(tx: Connection, customer_id: str, kind: str) -> int:
    admissions = tables.admissions
    return tx.execute(
        select(func.count()).where(
            admissions.c.customer_id == customer_id, admissions.c.kind == kind
        )
    ).scalar_one()


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
