"""`/card-update`: another card for one payment, for whoever has the link of a reminder."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Security, status
from fastapi.security import HTTPBearer
from jwt.exceptions import InvalidTokenError

from api.auth.jwt import refusal
from api.auth.scopes import Caller, Scope
from api.dependencies import InContext
from api.errors import TokenMissingError, TokenRefusedError
from api.middleware.authentication import bearer_token
from api.openapi.responses import storing
from api.schemas.requests import NewCard
from api.schemas.responses import CardRequest
from api.services import payments
from domain.errors import ConflictError, NotFoundError

router = APIRouter(tags=["payments"])

HOLDER = Caller(owner=None, scopes=frozenset({Scope.CARDS_WRITE}))
"""Of a link: may do this to the payment that the link names, and has no name."""

SCHEME = HTTPBearer(
    scheme_name="card_link",
    bearerFormat="JWT",
    description="The token at the end of the link in a reminder. It is for one payment until that "
    "payment's deadline, and for nothing else.",
    auto_error=False,
)


async def _linked(
    request: Request, context: InContext, _token: Annotated[Any, Security(SCHEME)]
) -> str:
    try:
        return context.links.payment_id(bearer_token(request.scope))
    except InvalidTokenError as error:
        raise refusal(error) from error


LinkedPayment = Annotated[str, Depends(_linked)]


@router.get("/card-update", responses=storing(TokenMissingError, TokenRefusedError, NotFoundError))
async def get_card_request(context: InContext, payment_id: LinkedPayment) -> CardRequest:
    """What a card is asked for."""
    return CardRequest.of(await payments.find(context, payment_id, HOLDER))


@router.put(
    "/card-update",
    status_code=status.HTTP_202_ACCEPTED,
    responses=storing(TokenMissingError, TokenRefusedError, NotFoundError, ConflictError),
)
async def give_card(context: InContext, payment_id: LinkedPayment, body: NewCard) -> CardRequest:
    """Give the payment another card to charge."""
    return CardRequest.of(await payments.update_card(context, payment_id, body, HOLDER))
