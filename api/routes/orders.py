"""`/orders`: place, read and cancel orders."""

from typing import Annotated

from fastapi import APIRouter, Query, Response, status

from api.auth.scopes import OrdersReader, OrdersWriter
from api.dependencies import AlsoStreams, IdempotencyKey, InContext, LastEventIds, Note, OrderId
from api.errors import AnswerPendingError, OutcomeUnknownError, PriceChangedError
from api.openapi.responses import EVENTS, LOCATION, dependency_problems
from api.schemas.ledger_and_mails import MailList, MailResponse
from api.schemas.requests import NewOrder, OrderQuery
from api.schemas.responses import EventList, OrderList, OrderResponse
from api.services import attempts, event_streams, orders, pagination, queries
from api.services.attempts import AttemptList
from api.services.event_streams import WantsStream
from api.services.presenters import present_order, present_orders
from domain.errors import ConflictError, NotFoundError
from domain.statuses import order_workflow_id
from storage import details

router = APIRouter(tags=["orders"])


@router.post(
    "/orders",
    status_code=status.HTTP_202_ACCEPTED,
    responses=LOCATION | dependency_problems(ConflictError, OutcomeUnknownError, PriceChangedError),
)
async def place_order(  # noqa: PLR0913, PLR0917  FastAPI passes them by name
    context: InContext,
    caller: OrdersWriter,
    note: Note,
    body: NewOrder,
    response: Response,
    idempotency_key: IdempotencyKey = None,
) -> OrderResponse:
    """Place an order at current prices; it is durable when this responds.

    Its total must be 0, or at least what a card can pay: 50 in EUR, another minimum in others.
    """
    note(customer=body.customer_id)
    order = await orders.place(context, body, idempotency_key, caller)
    note(customer=body.customer_id, order=order[0].id)
    response.headers["Location"] = f"/orders/{order[0].id}"
    return await present_order(context, order)


@router.get("/orders", responses=dependency_problems())
async def list_orders(
    context: InContext, caller: OrdersReader, query: Annotated[OrderQuery, Query()]
) -> OrderList:
    """The caller's orders, newest first; an operator gets all."""
    before = pagination.decode_cursor(query.cursor) if query.cursor is not None else None
    found = await context.database.read(queries.select_orders, query, before, caller.owner)
    listed = found[: query.limit]
    return OrderList(
        orders=await present_orders(context, listed),
        next_cursor=pagination.cursor_after(listed[-1][0]) if len(found) > query.limit else None,
    )


@router.get("/orders/{id}", responses=dependency_problems(NotFoundError))
async def get_order(context: InContext, caller: OrdersReader, id: OrderId) -> OrderResponse:
    """An order and its payment."""
    return await present_order(context, await queries.find_order(context, id, caller))


@router.get(
    "/orders/{id}/events",
    response_model=EventList,
    responses=EVENTS | dependency_problems(NotFoundError),
)
async def get_order_events(  # noqa: PLR0913, PLR0917  parts of the request
    context: InContext,
    caller: OrdersReader,
    id: OrderId,
    wants_stream: WantsStream,
    also: AlsoStreams = [],  # noqa: B006  FastAPI copies it
    last_event_id: LastEventIds = None,
) -> EventList | Response:
    """The events of an order; as a stream also new ones, until the order ends."""
    await queries.find_order(context, id, caller)
    stream = order_workflow_id(id)
    if not wants_stream:
        return EventList(events=await event_streams.read_all(context, stream, caller))
    streams = await event_streams.select(context, caller, stream, also)
    seen = event_streams.positions(last_event_id, len(streams))
    return await event_streams.respond(context, caller, streams, seen)


@router.get("/orders/{id}/mails", responses=dependency_problems(NotFoundError))
async def list_order_mails(context: InContext, caller: OrdersReader, id: OrderId) -> MailList:
    """The mails about an order and its payment, sent and waiting."""
    await queries.find_order(context, id, caller)
    found = await context.database.read(details.mails_of_order, id, caller.owner)
    return MailList(mails=[MailResponse.model_validate(mail) for mail in found])


@router.get("/orders/{id}/attempts", responses=dependency_problems(NotFoundError))
async def list_order_attempts(context: InContext, caller: OrdersReader, id: OrderId) -> AttemptList:
    """The activities of an order and its payment that are being retried."""
    _, payment = await queries.find_order(context, id, caller)
    return AttemptList(
        attempts=await attempts.of_order(context.temporal, id),
        charge_refused=payment is not None and await queries.is_charge_refused(context, payment),
    )


@router.post(
    "/orders/{id}/cancel",
    status_code=status.HTTP_202_ACCEPTED,
    responses=dependency_problems(NotFoundError, ConflictError, AnswerPendingError),
)
async def cancel_order(context: InContext, caller: OrdersWriter, id: OrderId) -> OrderResponse:
    """Cancel an order and undo its completed steps."""
    return await present_order(context, await orders.cancel(context, id, caller))
