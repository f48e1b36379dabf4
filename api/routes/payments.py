"""`/payments`: payments, with or without an order."""

from fastapi import APIRouter, Response, status

from api.auth.scopes import CardsWriter, Operator, OrdersReader, OrdersWriter
from api.dependencies import InContext, LastEventId, Note, PaymentId, RefundOfPayment
from api.errors import OutcomeUnknownError
from api.openapi.responses import EVENTS, LOCATION, dependency_problems
from api.schemas.ledger_and_mails import MailList, MailResponse, TransferList, TransferResponse
from api.schemas.refunds_and_disputes import DisputeList, RefundList
from api.schemas.requests import NewCard, NewPayment, NewRefund, Settlement
from api.schemas.responses import EventList, PaymentResponse
from api.services import authentication, event_streams, payments, queries, refunds
from api.services.authentication import Authentication
from api.services.event_streams import WantsStream
from api.services.presenters import present_payment
from domain.errors import ConflictError, NotFoundError
from domain.statuses import payment_workflow_id
from storage import details

router = APIRouter(tags=["payments"])


@router.post(
    "/payments",
    status_code=status.HTTP_202_ACCEPTED,
    responses=LOCATION | dependency_problems(ConflictError, OutcomeUnknownError),
)
async def request_payment(
    context: InContext, caller: OrdersWriter, note: Note, body: NewPayment, response: Response
) -> PaymentResponse:
    """Request a payment, once per reference; it may take up to two weeks."""
    about = {"customer": body.customer_id, "amount": body.amount, "reference": body.reference}
    note(**about)
    payment = await payments.request(context, body, caller)
    note(**about, payment=payment.id)
    response.headers["Location"] = f"/payments/{payment.id}"
    return await present_payment(context, payment)


@router.get("/payments/{id}", responses=dependency_problems(NotFoundError))
async def get_payment(context: InContext, caller: OrdersReader, id: PaymentId) -> PaymentResponse:
    """A payment; the payment of an order has the order's id."""
    return await present_payment(context, await queries.find_payment(context, id, caller))


@router.get(
    "/payments/{id}/events",
    response_model=EventList,
    responses=EVENTS | dependency_problems(NotFoundError),
)
async def get_payment_events(
    context: InContext,
    caller: OrdersReader,
    id: PaymentId,
    wants_stream: WantsStream,
    last_event_id: LastEventId = None,
) -> EventList | Response:
    """The events of a payment; as a stream also new ones, until the payment ends."""
    await queries.find_payment(context, id, caller)
    stream = payment_workflow_id(id)
    if not wants_stream:
        return EventList(events=await event_streams.read_all(context, stream, caller))
    return await event_streams.respond(context, caller, [stream], [last_event_id or 0])


@router.get("/payments/{id}/transfers", responses=dependency_problems(NotFoundError))
async def list_payment_transfers(
    context: InContext, caller: OrdersReader, id: PaymentId
) -> TransferList:
    """The ledger transfers of a payment: withdrawals from the customer's account, and credits."""
    await queries.find_payment(context, id, caller)
    found = await context.database.read(details.transfers_of_payment, id, caller.owner)
    return TransferList(transfers=[TransferResponse.model_validate(transfer) for transfer in found])


@router.get("/payments/{id}/mails", responses=dependency_problems(NotFoundError))
async def list_payment_mails(context: InContext, caller: OrdersReader, id: PaymentId) -> MailList:
    """The mails about a payment, sent and waiting."""
    await queries.find_payment(context, id, caller)
    found = await context.database.read(details.mails_of_payment, id, caller.owner)
    return MailList(mails=[MailResponse.model_validate(mail) for mail in found])


@router.get("/payments/{id}/refunds", responses=dependency_problems(NotFoundError))
async def list_payment_refunds(
    context: InContext, caller: OrdersReader, id: PaymentId
) -> RefundList:
    """The refunds of a payment with their states, and what of it can still be given back."""
    return await refunds.list_refunds(context, id, caller)


@router.get("/payments/{id}/disputes", responses=dependency_problems(NotFoundError))
async def list_payment_disputes(
    context: InContext, caller: OrdersReader, id: PaymentId
) -> DisputeList:
    """The disputes and early fraud warnings of a payment's charges."""
    return await refunds.list_disputes(context, id, caller)


@router.post(
    "/payments/{id}/refunds",
    status_code=status.HTTP_202_ACCEPTED,
    responses={200: {"model": PaymentResponse, "description": "The refund was requested before"}}
    | dependency_problems(NotFoundError, ConflictError),
)
async def refund_payment(  # noqa: PLR0913, PLR0917  FastAPI passes them by name
    context: InContext,
    caller: Operator,
    note: Note,
    id: PaymentId,
    body: NewRefund,
    response: Response,
) -> PaymentResponse:
    """Give back a part of a received payment, once per reference: to the card, then the account."""
    note(amount=body.amount, reference=body.reference)
    payment, is_new = await refunds.request(context, id, body, caller)
    if not is_new:
        response.status_code = status.HTTP_200_OK
    return await present_payment(context, payment)


@router.post(
    "/payments/{id}/refunds/{reference}/settle",
    # Names of generated clients come from it.
    operation_id="settle_refund_payments__id__refunds__reference__settle_post",
    responses=dependency_problems(NotFoundError, ConflictError),
)
async def settle_refund_outside(
    context: InContext,
    caller: Operator,
    id: PaymentId,
    reference: RefundOfPayment,
    body: Settlement,
) -> PaymentResponse:
    """Book that a refund which was refused or failed was given back in another way."""
    payment = await refunds.settle_outside(context, id, reference, body.reason, caller)
    return await present_payment(context, payment)


@router.put(
    "/payments/{id}/card",
    status_code=status.HTTP_202_ACCEPTED,
    responses=dependency_problems(NotFoundError, ConflictError),
)
async def update_payment_card(
    context: InContext, caller: CardsWriter, id: PaymentId, body: NewCard
) -> PaymentResponse:
    """Notify a payment of another card to charge."""
    return await present_payment(context, await payments.update_card(context, id, body, caller))


@router.get(
    "/payments/{id}/authentication", responses=dependency_problems(NotFoundError, ConflictError)
)
async def get_payment_authentication(
    context: InContext, caller: CardsWriter, id: PaymentId, response: Response
) -> Authentication:
    """The client secret with which the customer's browser authenticates the charge (3-D Secure)."""
    secret = await authentication.client_secret(context, id, caller)
    response.headers["Cache-Control"] = "no-store"
    return Authentication(client_secret=secret)
