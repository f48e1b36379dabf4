"""Queries for orders and payments: rows of the database, or else what Temporal has accepted."""

from collections.abc import Awaitable, Collection, Sequence
from datetime import datetime
from typing import TypeVar

from sqlalchemy import Connection

from api.auth.scopes import Caller
from api.dependencies import Context
from api.infrastructure.temporal import WorkflowNotFoundError, read_input
from api.schemas.requests import OrderQuery
from domain.errors import NotFoundError
from domain.events import CreditCardFailed
from domain.order import Order
from domain.payment import Payment, PaymentFailure
from domain.statuses import PaymentStatus, order_workflow_id, payment_workflow_id
from storage import orders, owed_refunds, payments, refused_charges
from storage.events import StoredEvent
from workflows.messages import OrderInput, PaymentInput

Owner = str | None
"""The customer whose rows are read; None for every customer's."""

OrderWithPayment = tuple[Order, Payment | None]
Position = tuple[datetime, str]
"""An order's position in the list of all: when it was placed, and its id."""

T = TypeVar("T", Order, Payment)


async def find_order(context: Context, order_id: str, caller: Caller) -> OrderWithPayment:
    """The order as stored, or else as accepted by Temporal; raises `NotFoundError`."""
    stored = await context.database.read(select_order, order_id, caller.owner)
    if stored is not None:
        return stored
    accepted = _read_order(context, order_workflow_id(order_id))
    return await _accepted(accepted, "order", order_id, caller), None


async def find_payment(context: Context, payment_id: str, caller: Caller) -> Payment:
    """The payment as stored, or else as accepted by Temporal; raises `NotFoundError`."""
    stored = await context.database.read(select_payment, payment_id, caller.owner)
    if stored is not None:
        return stored
    accepted = _read_payment(context, payment_workflow_id(payment_id))
    return await _accepted(accepted, "payment", payment_id, caller)


async def _read_order(context: Context, workflow_id: str) -> Order:
    placed, _ = await read_input(context.temporal, workflow_id, OrderInput)
    return placed.placed()


async def _read_payment(context: Context, workflow_id: str) -> Payment:
    requested, at = await read_input(context.temporal, workflow_id, PaymentInput)
    return requested.requested(at)


async def _accepted(reading: Awaitable[T], kind: str, id: str, caller: Caller) -> T:
    try:
        accepted = await reading
    except WorkflowNotFoundError as error:
        raise NotFoundError(kind, id) from error
    caller.check_owns(accepted.customer_id, kind, id)
    return accepted


def select_order(tx: Connection, order_id: str, owner: Owner) -> OrderWithPayment | None:
    """The order and its payment, which has the same id; None if the owner has no such row."""
    try:
        found = orders.find(tx, order_id, owner)
    except NotFoundError:
        return None
    return found, select_payment(tx, order_id, owner)


def select_payment(tx: Connection, payment_id: str, owner: Owner) -> Payment | None:
    """The payment; None if the owner has no such row."""
    try:
        found = payments.find(tx, payment_id, owner)
    except NotFoundError:
        return None
    return _shown(tx, [found], owner)[payment_id]


def select_orders(
    tx: Connection, query: OrderQuery, before: Position | None, owner: Owner
) -> Sequence[OrderWithPayment]:
    """The owner's orders before a position; one more than the limit if there are more."""
    found = orders.list_orders(
        tx,
        owner=owner,
        customer_id=query.customer_id,
        status=query.status,
        search=query.search,
        limit=query.limit + 1,
        before=before,
    )
    payment_of = payments.find_many(tx, [order.id for order in found])
    shown = _shown(tx, payment_of.values(), owner)
    return [(order, shown.get(order.id)) for order in found]


def _shown(tx: Connection, found: Collection[Payment], owner: Owner) -> dict[str, Payment]:
    """The payments as the owner may see them, by id.

    What failed days after it had succeeded was not given back, although its event is recorded.
    """
    ended = [one.id for one in found if not one.status.is_open]
    failed = {
        id: sum(one.to_card for one in owed if one.recorded)
        for id, owed in owed_refunds.by_payment(tx, ended).items()
    }
    # A canceled payment counts no refunds.
    refunded = {one.id: max(one.refunded - failed.get(one.id, 0), 0) for one in found}
    return {
        one.id: _public(one, owner).model_copy(update={"refunded": refunded[one.id]})
        for one in found
    }


def _public(payment: Payment, owner: Owner) -> Payment:
    """As the owner may see it: without a confidential reason of a decline."""
    if owner is None or payment.failure is None:
        return payment
    return payment.model_copy(update={"failure": payment.failure.public()})


def public_event(event: StoredEvent, owner: Owner) -> StoredEvent:
    """As the owner may see it: without a confidential reason of a decline."""
    if owner is None or event.type != CreditCardFailed.name():
        return event
    failure = PaymentFailure.model_validate(event.data).public()
    return event.model_copy(update={"data": failure.model_dump(mode="json")})


def is_refund_pending(payment: Payment) -> bool:
    """Whether a refund is under way."""
    if payment.status is PaymentStatus.CANCELED:
        return payment.withdrawn + payment.charged > 0
    return payment.status is PaymentStatus.REFUNDING


async def is_charge_refused(context: Context, payment: Payment) -> bool:
    """Whether the card provider refused our request, which is made again; the fault is ours."""
    is_charging = payment.status is PaymentStatus.CHARGING
    return is_charging and await context.database.read(refused_charges.is_there, payment.id)
