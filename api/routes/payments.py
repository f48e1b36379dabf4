"""`/payments`: the payment service, used by itself."""

from functools import partial

from fastapi import APIRouter, Response, status
from sse_starlette import EventSourceResponse

from api.auth.scopes import CardsWriter, OrdersReader, OrdersWriter
from api.dependencies import InContext, LastEventId, PaymentId
from api.errors import OutcomeUnknownError
from api.openapi.responses import EVENTS, LOCATION, storing
from api.schemas.ledger_and_mails import Mail, MailList, Transfer, TransferList
from api.schemas.requests import NewCard, NewPayment
from api.schemas.responses import Event, EventList, Payment
from api.services import authentication, event_streams, payments, queries
from api.services.authentication import Authentication
from api.services.event_streams import WantsStream
from api.services.presenters import show_payment
from domain.errors import ConflictError, NotFoundError
from storage import details

router = APIRouter(tags=["payments"])


@router.post(
    "/payments",
    status_code=status.HTTP_202_ACCEPTED,
    responses=LOCATION | storing(ConflictError, OutcomeUnknownError),
)
async def request_payment(
    context: InContext, caller: OrdersWriter, body: NewPayment, response: Response
) -> Payment:
    """Request a payment, once per reference; it may take two weeks."""
    payment = await payments.request(context, body, caller)
    response.headers["Location"] = f"/payments/{payment.id}"
    return await show_payment(context, payment)


@router.get("/payments/{id}", responses=storing(NotFoundError))
async def get_payment(context: InContext, caller: OrdersReader, id: PaymentId) -> Payment:
    """A payment; that of an order has the order's id."""
    return await show_payment(context, await payments.find(context, id, caller))


@router.get(
    "/payments/{id}/events", response_model=EventList, responses=EVENTS | storing(NotFoundError)
)
async def get_payment_events(
    context: InContext,
    caller: OrdersReader,
    id: PaymentId,
    wants_stream: WantsStream,
    last_event_id: LastEventId = None,
) -> EventList | EventSourceResponse:
    """What happened to a payment; as a stream also what happens next, until it ends."""
    await payments.find(context, id, caller)
    read = partial(queries.payment_events, owner=caller.owner)
    if wants_stream:
        return event_streams.stream(context.store, read, id, last_event_id, caller.until)
    events, _ = await context.store.read(read, id, 0)
    return EventList(events=[Event.model_validate(event) for event in events])


@router.get("/payments/{id}/transfers", responses=storing(NotFoundError))
async def list_payment_transfers(
    context: InContext, caller: OrdersReader, id: PaymentId
) -> TransferList:
    """The ledger's lines of a payment: what left the customer's account, and what came back."""
    await payments.find(context, id, caller)
    found = await context.store.read(details.transfers_of_payment, id, caller.owner)
    return TransferList(transfers=[Transfer.model_validate(transfer) for transfer in found])


@router.get("/payments/{id}/mails", responses=storing(NotFoundError))
async def list_payment_mails(context: InContext, caller: OrdersReader, id: PaymentId) -> MailList:
    """The mails that tell of a payment, sent or waiting to be."""
    await payments.find(context, id, caller)
    found = await context.store.read(details.mails_of_payment, id, caller.owner)
    return MailList(mails=[Mail.model_validate(mail) for mail in found])


@router.put(
    "/payments/{id}/card",
    status_code=status.HTTP_202_ACCEPTED,
    responses=storing(NotFoundError, ConflictError),
)
async def update_payment_card(
    context: InContext, caller: CardsWriter, id: PaymentId, body: NewCard
) -> Payment:
    """Give a payment another card to charge."""
    return await show_payment(context, await payments.update_card(context, id, body, caller))


@router.get("/payments/{id}/authentication", responses=storing(NotFoundError, ConflictError))
async def get_payment_authentication(
    context: InContext, caller: CardsWriter, id: PaymentId, response: Response
) -> Authentication:
    """What the customer's browser authenticates a charge with that was declined for want of it."""
    secret = await authentication.client_secret(context, id, caller)
    response.headers["Cache-Control"] = "no-store"
    return Authentication(client_secret=secret)
