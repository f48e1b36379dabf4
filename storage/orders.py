"""The orders' rows; an event and the change that it makes are written in one transaction."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, bindparam, or_, select, tuple_, update

from domain.errors import NotFoundError
from domain.events import OrderPlaced
from domain.order import Order, OrderEvent
from domain.statuses import OrderStatus, order_workflow_id
from storage import events, notifications, tables
from storage.insertion import insert_new


def place(tx: Connection, order: Order) -> bool:
    """Insert a new order and OrderPlaced; False, and nothing changes, if it is there already."""
    event = OrderPlaced(
        at=order.placed_at,
        customer_id=order.customer_id,
        policy=order.policy,
        total=order.total,
    )
    is_new = insert_new(tx, tables.orders, {"id": order.id} | _values(order.after(event)))
    if is_new:
        events.append(tx, order_workflow_id(order.id), event, OrderPlaced.name())
    return is_new


def record(tx: Connection, order_id: str, event: OrderEvent) -> bool:
    """Record an event of the order, change the order, and queue the event's mail.

    False if the event is recorded already: an order has each type of event once at most. Raises
    `NotFoundError`.
    """
    return record_locked(tx, lock(tx, order_id), event)


def record_locked(tx: Connection, order: Order, event: OrderEvent) -> bool:
    """As `record`, for the order as the transaction has locked it."""
    if events.append(tx, order_workflow_id(order.id), event, event.name()) is None:
        return False
    order = order.after(event)
    _save(tx, order)
    notifications.of_order(tx, order, event)
    return True


def begin_canceling(tx: Connection, order_id: str) -> None:
    """Set the status `canceling`; changes nothing once the order has ended."""
    order = lock(tx, order_id)
    if not order.status.is_final:
        _save(tx, order.canceling())


_BY_ID = select(tables.orders).where(tables.orders.c.id == bindparam("order_id"))
_LOCKED_BY_ID = _BY_ID.with_for_update()


def find(tx: Connection, order_id: str, owner: str | None = None) -> Order:
    """The order; raises `NotFoundError`, also if it is not the `owner`'s. None owns all."""
    if owner is None:
        return _read(tx, _BY_ID, order_id)
    is_owned = tables.owned_by(owner, tables.orders.c.customer_id)
    return _read(tx, _BY_ID.where(is_owned), order_id)


def lock(tx: Connection, order_id: str) -> Order:
    """As `find`, locked until the transaction ends."""
    return _read(tx, _LOCKED_BY_ID, order_id)


def list_orders(  # noqa: PLR0913  the filters
    tx: Connection,
    *,
    owner: str | None,
    customer_id: str | None,
    status: OrderStatus | None,
    search: str | None = None,
    limit: int,
    before: tuple[datetime, str] | None,
) -> list[Order]:
    """Up to `limit` of the `owner`'s orders, newest first, before the (moment, id) of the last one.

    `search` matches the beginning of the order's id, or any part of the customer's id.
    """
    orders = tables.orders
    statement = (
        select(orders)
        .where(tables.owned_by(owner, orders.c.customer_id))
        .order_by(orders.c.placed_at.desc(), orders.c.id.desc())
        .limit(limit)
    )
    if customer_id is not None:
        statement = statement.where(orders.c.customer_id == customer_id)
    if status is not None:
        statement = statement.where(orders.c.status == status)
    if search is not None:
        statement = statement.where(
            or_(
                orders.c.id.startswith(search, autoescape=True),
                orders.c.customer_id.contains(search, autoescape=True),
            )
        )
    if before is not None:
        seen = tuple_(*before, types=[orders.c.placed_at.type, orders.c.id.type])
        statement = statement.where(tuple_(orders.c.placed_at, orders.c.id) < seen)
    return [Order.model_validate(row) for row in tx.execute(statement).mappings()]


def _read(tx: Connection, by_id: Select[Any], order_id: str) -> Order:
    row = tx.execute(by_id, {"order_id": order_id}).mappings().one_or_none()
    if row is None:
        raise NotFoundError("order", order_id)
    return Order.model_validate(row)


_SAVE = update(tables.orders).where(tables.orders.c.id == bindparam("order_id"))


def _save(tx: Connection, order: Order) -> None:
    tx.execute(_SAVE, {"order_id": order.id} | _values(order))


def _values(order: Order) -> dict[str, Any]:
    values = order.model_dump(exclude={"id", "steps", "lines", "shipment"})
    json = order.model_dump(mode="json", include={"steps", "lines", "shipment"})
    return values | json | {"total": order.total}
