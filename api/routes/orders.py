"""`/orders`: place, look at, cancel."""

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Query, Response, status
from sse_starlette import EventSourceResponse

from api.auth.scopes import OrdersReader, OrdersWriter
from api.dependencies import IdempotencyKey, InContext, LastEventId, OrderId
from api.errors import AnswerPendingError, OutcomeUnknownError
from api.openapi.responses import EVENTS, LOCATION, storing
from api.schemas.ledger_and_mails import Mail, MailList
from api.schemas.requests import NewOrder, OrderQuery
from api.schemas.responses import Event, EventList, Order, OrderPage
from api.services import attempts, event_streams, orders, pagination, queries
from api.services.attempts import AttemptList
from api.services.event_streams import WantsStream
from api.services.presenters import show_order, show_orders
from domain.errors import ConflictError, NotFoundError
from storage import details

router = APIRouter(tags=["orders"])


@router.post(
    "/orders",
    status_code=status.HTTP_202_ACCEPTED,
    responses=LOCATION | storing(OutcomeUnknownError),
)
async def place_order(
    context: InContext,
    caller: OrdersWriter,
    body: NewOrder,
    response: Response,
    idempotency_key: IdempotencyKey = None,
) -> Order:
    """Place an order at our prices; it is carried out from here on, whatever happens."""
    order = await orders.place(context, body, idempotency_key, caller)
    response.headers["Location"] = f"/orders/{order[0].id}"
    return await show_order(context, order)


@router.get("/orders", responses=storing())
async def list_orders(
    context: InContext, caller: OrdersReader, query: Annotated[OrderQuery, Query()]
) -> OrderPage:
    """Orders, the newest first; a customer's own."""
    before = pagination.place_of(query.cursor) if query.cursor is not None else None
    found = await context.store.read(queries.page, query, before, caller.owner)
    shown = found[: query.limit]
    return OrderPage(
        orders=await show_orders(context, shown),
        next_cursor=pagination.cursor_behind(shown[-1][0]) if len(found) > query.limit else None,
    )


@router.get("/orders/{id}", responses=storing(NotFoundError))
async def get_order(context: InContext, caller: OrdersReader, id: OrderId) -> Order:
    """An order and its payment."""
    return await show_order(context, await orders.find(context, id, caller))


@router.get(
    "/orders/{id}/events", response_model=EventList, responses=EVENTS | storing(NotFoundError)
)
async def get_order_events(
    context: InContext,
    caller: OrdersReader,
    id: OrderId,
    wants_stream: WantsStream,
    last_event_id: LastEventId = None,
) -> EventList | EventSourceResponse:
    """What happened to an order; as a stream also what happens next, until it ends."""
    await orders.find(context, id, caller)
    read = partial(queries.order_events, owner=caller.owner)
    if wants_stream:
        return event_streams.stream(context.store, read, id, last_event_id, caller.until)
    events, _ = await context.store.read(read, id, 0)
    return EventList(events=[Event.model_validate(event) for event in events])


@router.get("/orders/{id}/mails", responses=storing(NotFoundError))
async def list_order_mails(context: InContext, caller: OrdersReader, id: OrderId) -> MailList:
    """The mails that tell of an order and its payment, sent or waiting to be."""
    await orders.find(context, id, caller)
    found = await context.store.read(details.mails_of_order, id, caller.owner)
    return MailList(mails=[Mail.model_validate(mail) for mail in found])


@router.get("/orders/{id}/attempts", responses=storing(NotFoundError))
async def list_order_attempts(context: InContext, caller: OrdersReader, id: OrderId) -> AttemptList:
    """What is being tried again for an order or its payment, and how often it was."""
    await orders.find(context, id, caller)
    return AttemptList(attempts=await attempts.of_order(context.client, id))


@router.post(
    "/orders/{id}/cancel",
    status_code=status.HTTP_202_ACCEPTED,
    responses=storing(NotFoundError, ConflictError, AnswerPendingError),
)
async def cancel_order(context: InContext, caller: OrdersWriter, id: OrderId) -> Order:
    """Cancel an order; what was done for it is undone."""
    return await show_order(context, await orders.cancel(context, id, caller))
