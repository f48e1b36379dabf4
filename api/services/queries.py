"""What was written down of orders and payments, read in one snapshot."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection

from api.schemas.requests import OrderQuery
from domain.errors import NotFoundError
from domain.order import Order
from domain.payment import Payment
from domain.statuses import PaymentStatus, order_workflow_id, payment_workflow_id
from storage import events, orders, payments
from storage.events import StoredEvent

Owner = str | None
"""The customer whose things are read; None for everybody's."""

OrderWithPayment = tuple[Order, Payment | None]
Place = tuple[datetime, str]
"""An order's place among all: when it was placed, and its id."""


def order(tx: Connection, order_id: str, owner: Owner) -> OrderWithPayment | None:
    """The order and its payment, which has the order's id; None if the owner has none yet."""
    try:
        found = orders.find(tx, order_id, owner)
    except NotFoundError:
        return None
    return found, payment(tx, order_id, owner)


def payment(tx: Connection, payment_id: str, owner: Owner) -> Payment | None:
    """The payment; None if the owner has none yet."""
    try:
        return payments.find(tx, payment_id, owner)
    except NotFoundError:
        return None


def page(
    tx: Connection, query: OrderQuery, before: Place | None, owner: Owner
) -> Sequence[OrderWithPayment]:
    """A page of the owner's orders, and one more if there is another page."""
    found = orders.page(
        tx,
        owner=owner,
        customer_id=query.customer_id,
        status=query.status,
        search=query.search,
        limit=query.limit + 1,
        before=before,
    )
    paid = payments.find_many(tx, [order.id for order in found])
    return [(order, paid.get(order.id)) for order in found]


def order_events(
    tx: Connection, order_id: str, after: int, owner: Owner
) -> tuple[list[StoredEvent], bool]:
    """The order's events behind number `after`, and whether there will be no more."""
    found = order(tx, order_id, owner)
    if found is None:
        return [], False
    return events.of_stream(tx, order_workflow_id(order_id), after=after), found[0].status.is_final


def payment_events(
    tx: Connection, payment_id: str, after: int, owner: Owner
) -> tuple[list[StoredEvent], bool]:
    """The payment's events behind number `after`, and whether there will be no more.

    A payment that was received may be given back one day; nobody is kept waiting for that.
    """
    found = payment(tx, payment_id, owner)
    if found is None:
        return [], False
    ended = not found.status.is_open and not is_giving_back(found)
    return events.of_stream(tx, payment_workflow_id(payment_id), after=after), ended


def is_giving_back(payment: Payment) -> bool:
    """Whether money is on its way back."""
    if payment.status is PaymentStatus.CANCELED:
        return payment.withdrawn + payment.charged > 0
    return payment.status is PaymentStatus.REFUNDING
