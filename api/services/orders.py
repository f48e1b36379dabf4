"""Placing, finding and canceling orders."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4, uuid5

from sqlalchemy import Connection
from temporalio.client import WorkflowUpdateFailedError, WorkflowUpdateRPCTimeoutOrCancelledError
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError

from api.auth.scopes import Caller
from api.dependencies import Context
from api.errors import (
    AnswerPendingError,
    DependencyAwayError,
    FieldFault,
    InvalidRequestError,
)
from api.infrastructure.temporal import (
    CANCEL_ORDER,
    ORDER_WORKFLOW,
    WorkflowGoneError,
    agreement,
    asking_temporal,
    recall,
    starting_once,
)
from api.schemas.requests import NewLine, NewOrder
from api.services import queries
from api.services.queries import OrderWithPayment, Owner
from domain.errors import ConflictError, NotFoundError
from domain.money import MAX_CENTS
from domain.order import SEQUENCES, Order, OrderLine
from domain.product import Product
from domain.statuses import OrderStatus
from storage import customers, inventory
from workflows.messages import OrderInput
from workflows.names import TaskQueue, new_order_attributes, order_workflow_id
from workflows.web_ui import order as web_ui

KEYS = UUID("5f1a4a0e-5a7c-4c53-9d53-0f0a3f0a9e21")
"""Idempotency keys become order ids under this name space."""

MEMORY = "order"
"""What the workflow remembers its order under, until the order is written down."""

CANCELING_PATIENCE = timedelta(seconds=10)


async def place(
    context: Context, request: NewOrder, key: str | None, caller: Caller
) -> OrderWithPayment:
    """Place an order, durably; under a key that was used before, find that key's order again.

    Raises `InvalidRequestError` if a field names what is not there for the caller, or if the key
    stands for another order.
    """
    order_id = str(uuid5(caller.name_space(KEYS), key) if key else uuid4())
    known = await context.store.read(queries.order, order_id, caller.owner) if key else None
    if known is None:
        currency = context.settings.currency
        order = await context.store.read(_priced, order_id, request, currency, caller.owner)
        if await _start(context, order):
            context.metrics.orders.labels(order.policy).inc()
            return order, None
        known = await find(context, order_id, caller)
    _check_same(known[0], request)
    return known


async def find(context: Context, order_id: str, caller: Caller) -> OrderWithPayment:
    """The order as it is written down, or as it was accepted; raises `NotFoundError`."""
    found = await context.store.read(queries.order, order_id, caller.owner)
    if found is not None:
        return found
    try:
        order = await recall(context.client, order_workflow_id(order_id), MEMORY, Order)
    except WorkflowGoneError as error:
        raise NotFoundError("order", order_id) from error
    caller.check_owns(order.customer_id, "order", order_id)
    return order, None


async def cancel(context: Context, order_id: str, caller: Caller) -> OrderWithPayment:
    """Have the order canceled; raises `ConflictError` once that is too late."""
    order, _ = await find(context, order_id, caller)
    if order.status.is_final:
        raise _too_late(order)
    workflow = context.client.get_workflow_handle(order_workflow_id(order_id))
    try:
        async with asking_temporal(CANCELING_PATIENCE):
            # One of its overloads lacks types.
            await workflow.execute_update(CANCEL_ORDER)  # pyright: ignore[reportUnknownMemberType]
    except WorkflowUpdateFailedError as error:
        order, _ = await find(context, order_id, caller)
        raise _too_late(order) from error
    except WorkflowGoneError as error:
        order, _ = await find(context, order_id, caller)
        # Else a server that was killed forgot the update, and not the order.
        raise _too_late(order) if order.status.is_final else _pending() from error
    except (WorkflowUpdateRPCTimeoutOrCancelledError, DependencyAwayError) as error:
        raise _pending() from error
    return await find(context, order_id, caller)


def _priced(tx: Connection, order_id: str, request: NewOrder, currency: str, owner: Owner) -> Order:
    """The order at today's prices."""
    check_customer(tx, request.customer_id, owner)
    now = datetime.now(UTC)
    order = Order(
        id=order_id,
        customer_id=request.customer_id,
        policy=request.policy,
        steps=SEQUENCES[request.policy],
        lines=_priced_lines(tx, request.lines),
        currency=currency,
        placed_at=now,
        updated_at=now,
    )
    if order.total > MAX_CENTS:
        raise InvalidRequestError.in_body("lines", f"must not cost more than {MAX_CENTS} cents")
    return order


def check_customer(tx: Connection, customer_id: str, owner: Owner) -> None:
    """Raises `InvalidRequestError` if there is no such customer for the owner."""
    try:
        customers.find(tx, customer_id, owner)
    except NotFoundError as error:
        raise InvalidRequestError.in_body("customer_id", str(error)) from error


def _priced_lines(tx: Connection, lines: Sequence[NewLine]) -> tuple[OrderLine, ...]:
    products: list[Product] = []
    faults: list[FieldFault] = []
    for number, line in enumerate(lines):
        try:
            products.append(inventory.find(tx, line.sku))
        except NotFoundError as error:
            field = f"lines.{number}.sku"
            faults.append(FieldFault(location="body", field=field, message=str(error)))
    if faults:
        raise InvalidRequestError(*faults)
    return tuple(
        OrderLine(sku=line.sku, name=product.name, quantity=line.quantity, price=product.price)
        for line, product in zip(lines, products, strict=True)
    )


async def _start(context: Context, order: Order) -> bool:
    """Start the order's workflow; False if that was done before."""
    place_order = OrderInput.of(order, agreement(context.settings))
    try:
        async with starting_once(context.client, order_workflow_id(order.id), "order", order.id):
            await context.client.start_workflow(
                ORDER_WORKFLOW,
                place_order,
                id=order_workflow_id(order.id),
                task_queue=TaskQueue.ORDERS,
                id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
                id_conflict_policy=WorkflowIDConflictPolicy.FAIL,
                memo={MEMORY: order},
                search_attributes=new_order_attributes(order.customer_id, order.policy),
                static_summary=f"Order of customer {order.customer_id}, {order.policy}",
                static_details=web_ui.of_order(place_order),
            )
    except WorkflowAlreadyStartedError:
        return False
    return True


def _check_same(order: Order, request: NewOrder) -> None:
    """Prices are not compared: they are not the customer's to say, and may have changed since."""
    ordered = (order.customer_id, order.policy, [(line.sku, line.quantity) for line in order.lines])
    asked = (
        request.customer_id,
        request.policy,
        [(line.sku, line.quantity) for line in request.lines],
    )
    if ordered != asked:
        fault = FieldFault(
            location="header",
            field="Idempotency-Key",
            message="was used for another order; take a new key for a new order",
        )
        raise InvalidRequestError(fault)


def _too_late(order: Order) -> ConflictError:
    ended = order.status.is_final or order.status is OrderStatus.CANCELING
    cause = f"it is {order.status}" if ended or not order.shipment else "its goods are on their way"
    return ConflictError(f"The order can't be canceled any more; {cause}.")


def _pending() -> AnswerPendingError:
    return AnswerPendingError("The order did not answer yet. It is safe to ask again.")
