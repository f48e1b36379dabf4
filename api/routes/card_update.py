"""`/card-update`: pays one payment, authorized by the link in a mail.

With another card, or by authenticating the charge that waits for the customer (3-D Secure).
"""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Security, status
from fastapi.security import HTTPBearer
from jwt.exceptions import InvalidTokenError

from api.auth.jwt import token_refused
from api.auth.scopes import Caller, Scope
from api.dependencies import Context, InContext, Note
from api.errors import TokenMissingError, TokenRefusedError
from api.middleware.authentication import bearer_token
from api.openapi.responses import dependency_problems
from api.schemas.linked_payment import AmountDueResponse, LinkedOrder
from api.schemas.requests import NewCard
from api.services import authentication, payments, queries
from api.services.authentication import Authentication
from domain.errors import ConflictError, NotFoundError
from domain.payment import Payment

router = APIRouter(tags=["payments"])

HOLDER = Caller(owner=None, scopes=frozenset({Scope.CARDS_WRITE}))
"""The holder of a link, who is anonymous: `_linked` limits them to the link's payment."""

SCHEME = HTTPBearer(
    scheme_name="card_link",
    bearerFormat="JWT",
    description="The token at the end of the link in a mail. It allows updating the card of one "
    "payment, and authenticating its charge, until the payment's deadline.",
    auto_error=False,
)


async def _linked(
    request: Request, context: InContext, _token: Annotated[Any, Security(SCHEME)]
) -> str:
    try:
        return context.links.payment_id(bearer_token(request.scope))
    except InvalidTokenError as error:
        raise token_refused(error) from error


async def _present(context: Context, payment: Payment) -> AmountDueResponse:
    refused = await queries.is_charge_refused(context, payment)
    stored = await context.database.read(queries.select_order, payment.id, HOLDER.owner)
    order = LinkedOrder.model_validate(stored[0]) if stored else None
    return AmountDueResponse.of(payment, order, charge_refused=refused)


LinkedPayment = Annotated[str, Depends(_linked)]


@router.get(
    "/card-update",
    responses=dependency_problems(TokenMissingError, TokenRefusedError, NotFoundError),
)
async def get_card_request(context: InContext, payment_id: LinkedPayment) -> AmountDueResponse:
    """What a card has to pay."""
    return await _present(context, await queries.find_payment(context, payment_id, HOLDER))


@router.put(
    "/card-update",
    status_code=status.HTTP_202_ACCEPTED,
    responses=dependency_problems(
        TokenMissingError, TokenRefusedError, NotFoundError, ConflictError
    ),
)
async def give_card(
    context: InContext, payment_id: LinkedPayment, note: Note, body: NewCard
) -> AmountDueResponse:
    """Give the payment another card to charge."""
    note(payment=payment_id)
    return await _present(context, await payments.update_card(context, payment_id, body, HOLDER))


@router.get(
    "/card-update/authentication",
    responses=dependency_problems(
        TokenMissingError, TokenRefusedError, NotFoundError, ConflictError
    ),
)
async def get_linked_authentication(
    context: InContext, payment_id: LinkedPayment
) -> Authentication:
    """The client secret with which the customer's browser authenticates the charge (3-D Secure)."""
    secret = await authentication.client_secret(context, payment_id, HOLDER)
    return Authentication(client_secret=secret)
