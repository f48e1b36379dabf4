"""Orders: place and cancel."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4, uuid5

from sqlalchemy import Connection
from temporalio.client import (
    Client,
    WorkflowUpdateFailedError,
    WorkflowUpdateRPCTimeoutOrCancelledError,
)
from temporalio.common import Priority, WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError

from api.auth.scopes import Caller
from api.dependencies import Context
from api.errors import (
    AnswerPendingError,
    DependencyUnavailableError,
    FieldError,
    InvalidRequestError,
    PriceChangedError,
)
from api.infrastructure.temporal import (
    CANCEL_ORDER,
    ORDER_WORKFLOW,
    WorkflowNotFoundError,
    starting_workflow_once,
    temporal_call,
)
from api.schemas.requests import NewLine, NewOrder
from api.services import queries
from api.services.admission import admitted
from api.services.queries import OrderWithPayment, Owner
from domain.errors import ConflictError, NotFoundError
from domain.money import MAX_CENTS, format_amount, is_payable, minimum_charge
from domain.order import SEQUENCES, Order, OrderLine
from domain.product import Product
from domain.statuses import OrderStatus
from storage import customers, inventory
from workflows.messages import OrderInput, TermsSnapshot
from workflows.names import TaskQueue, new_order_attributes, order_workflow_id
from workflows.web_ui import order as web_ui

ORDER_ID_NAMESPACE = UUID("5f1a4a0e-5a7c-4c53-9d53-0f0a3f0a9e21")
"""The UUID namespace in which idempotency keys become order ids."""

CANCEL_TIMEOUT = timedelta(seconds=10)


async def place(
    context: Context, request: NewOrder, key: str | None, caller: Caller
) -> OrderWithPayment:
    """Place an order, durably; a repeated idempotency key returns the first order.

    Raises `InvalidRequestError` if a field refers to something that does not exist for the caller,
    or if the key was used for another order, `PriceChangedError`, and, if the customer has too much
    open, `LimitReachedError` or `ConflictError`.
    """
    order_id = str(uuid5(caller.namespace_for(ORDER_ID_NAMESPACE), key) if key else uuid4())
    existing = (
        await context.database.read(queries.select_order, order_id, caller.owner) if key else None
    )
    if existing is None:
        currency = context.settings.currency
        order = await context.database.read(_price, order_id, request, currency, caller.owner)
        async with admitted(context, order):
            is_new = await start(context.temporal, order, context.terms)
        if is_new:
            context.metrics.orders.labels(order.policy).inc()
            return order, None
        existing = await queries.find_order(context, order_id, caller)
    _check_same(existing[0], request)
    return existing


async def cancel(context: Context, order_id: str, caller: Caller) -> OrderWithPayment:
    """Cancel the order; raises `ConflictError` if it is too late."""
    order, _ = await queries.find_order(context, order_id, caller)
    if order.status.is_final:
        raise _too_late(order)
    workflow = context.temporal.get_workflow_handle(order_workflow_id(order_id))
    try:
        async with temporal_call(CANCEL_TIMEOUT):
            # One of its overloads lacks types.
            await workflow.execute_update(CANCEL_ORDER)  # pyright: ignore[reportUnknownMemberType]
    except WorkflowUpdateFailedError as error:
        order, _ = await queries.find_order(context, order_id, caller)
        raise _too_late(order) from error
    except WorkflowNotFoundError as error:
        order, _ = await queries.find_order(context, order_id, caller)
        # An open order exists: the Temporal server was killed and lost the update.
        raise _too_late(order) if order.status.is_final else _pending() from error
    except (WorkflowUpdateRPCTimeoutOrCancelledError, DependencyUnavailableError) as error:
        raise _pending() from error
    return await queries.find_order(context, order_id, caller)


def _price(tx: Connection, order_id: str, request: NewOrder, currency: str, owner: Owner) -> Order:
    """The order at current prices."""
    check_customer(tx, request.customer_id, owner)
    now = datetime.now(UTC)
    order = Order(
        id=order_id,
        customer_id=request.customer_id,
        policy=request.policy,
        steps=SEQUENCES[request.policy],
        lines=_price_lines(tx, request.lines),
        currency=currency,
        placed_at=now,
        updated_at=now,
    )
    if order.total > MAX_CENTS:
        raise InvalidRequestError.in_body("lines", f"must not cost more than {MAX_CENTS} cents")
    check_payable(order.total, currency, "lines")
    expected = request.expected_total
    if expected is not None and expected != order.total:
        raise PriceChangedError(expected, order.total, currency)
    return order


def check_payable(amount: int, currency: str, field: str) -> None:
    """Raises `InvalidRequestError` for less than a card can pay, but more than nothing."""
    if not is_payable(amount, currency):
        least = format_amount(minimum_charge(currency), currency)
        message = f"must amount to nothing or to at least {least}, the least that a card can pay"
        raise InvalidRequestError.in_body(field, message)


def check_customer(tx: Connection, customer_id: str, owner: Owner) -> None:
    """Raises `InvalidRequestError` if the owner can't see such a customer."""
    try:
        customers.find(tx, customer_id, owner)
    except NotFoundError as error:
        raise InvalidRequestError.in_body("customer_id", str(error)) from error


def _price_lines(tx: Connection, lines: Sequence[NewLine]) -> tuple[OrderLine, ...]:
    products: list[Product] = []
    field_errors: list[FieldError] = []
    for number, line in enumerate(lines):
        try:
            products.append(inventory.find(tx, line.sku))
        except NotFoundError as error:
            field = f"lines.{number}.sku"
            field_errors.append(FieldError(location="body", field=field, message=str(error)))
    if field_errors:
        raise InvalidRequestError(*field_errors)
    return tuple(
        OrderLine(sku=line.sku, name=product.name, quantity=line.quantity, price=product.price)
        for line, product in zip(lines, products, strict=True)
    )


async def start(temporal: Client, order: Order, terms: TermsSnapshot) -> bool:
    """Start the order's workflow; False if it was started before."""
    place_order = OrderInput.of(order, terms)
    try:
        async with starting_workflow_once(temporal, order_workflow_id(order.id), "order", order.id):
            await temporal.start_workflow(
                ORDER_WORKFLOW,
                place_order,
                id=order_workflow_id(order.id),
                task_queue=TaskQueue.ORDERS,
                id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
                id_conflict_policy=WorkflowIDConflictPolicy.FAIL,
                search_attributes=new_order_attributes(order.customer_id, order.policy),
                static_summary=f"Order of customer {order.customer_id}, {order.policy}",
                static_details=web_ui.of_order(place_order),
                priority=Priority(fairness_key=order.customer_id),
            )
    except WorkflowAlreadyStartedError:
        return False
    return True


def _check_same(order: Order, request: NewOrder) -> None:
    """Compare without prices: the service sets them, and they may have changed since.

    An order that was placed with an expected total has that total.
    """
    ordered = (order.customer_id, order.policy, [(line.sku, line.quantity) for line in order.lines])
    requested = (
        request.customer_id,
        request.policy,
        [(line.sku, line.quantity) for line in request.lines],
    )
    if ordered != requested or request.expected_total not in {None, order.total}:
        field_error = FieldError(
            location="header",
            field="Idempotency-Key",
            message="was used for another order; use a new key for a new order",
        )
        raise InvalidRequestError(field_error)


def _too_late(order: Order) -> ConflictError:
    ended = order.status.is_final or order.status is OrderStatus.CANCELING
    cause = f"it is {order.status}" if ended or not order.shipment else "its goods are on their way"
    return ConflictError(f"The order can't be canceled any more; {cause}.")


def _pending() -> AnswerPendingError:
    return AnswerPendingError(
        "The order's workflow did not answer in time. You can safely repeat the request."
    )
