"""`/customers`: customers, their accounts and cards."""

from fastapi import APIRouter, Response, status

from api.auth.scopes import CardsWriter, OrdersReader, Scope, needs
from api.dependencies import CustomerId, InContext, Note
from api.errors import AnswerPendingError
from api.openapi.responses import dependency_problems
from api.schemas.requests import NewCard, NewCredit, NewCustomer
from api.schemas.responses import CardResponse, CardUpdateResponse, CustomerResponse
from api.services import credits, payments
from domain.errors import ConflictError, NotFoundError
from storage import customers

router = APIRouter(tags=["customers"])


@router.post(
    "/customers",
    status_code=status.HTTP_201_CREATED,
    dependencies=[needs(Scope.OPERATOR)],
    responses={200: {"model": CustomerResponse, "description": "This customer exists already"}}
    | dependency_problems(ConflictError),
)
async def create_customer(
    context: InContext, note: Note, body: NewCustomer, response: Response
) -> CustomerResponse:
    """Create a customer with an empty account."""
    note(customer=body.id)
    is_new = await context.database.write(
        customers.create, body.id, body.name, body.email, context.settings.currency
    )
    if not is_new:
        response.status_code = status.HTTP_200_OK
    return CustomerResponse.of(await context.database.read(customers.find, body.id))


@router.get("/customers/{id}", responses=dependency_problems(NotFoundError))
async def get_customer(
    context: InContext, caller: OrdersReader, id: CustomerId
) -> CustomerResponse:
    """A customer, their balance, and the non-secret details of their card."""
    return CustomerResponse.of(await context.database.read(customers.find, id, caller.owner))


@router.post(
    "/customers/{id}/credits",
    status_code=status.HTTP_201_CREATED,
    dependencies=[needs(Scope.OPERATOR)],
    responses={200: {"model": CustomerResponse, "description": "The account was credited before"}}
    | dependency_problems(NotFoundError, ConflictError),
)
async def give_credit(
    context: InContext, note: Note, id: CustomerId, body: NewCredit, response: Response
) -> CustomerResponse:
    """Credit a customer's account, once per reference."""
    note(amount=body.amount, reference=body.reference)
    customer, given = await context.database.write(credits.give, id, body)
    if not given:
        response.status_code = status.HTTP_200_OK
    return CustomerResponse.of(customer)


@router.put(
    "/customers/{id}/card",
    responses=dependency_problems(NotFoundError, ConflictError, AnswerPendingError),
)
async def update_customer_card(
    context: InContext, caller: CardsWriter, id: CustomerId, body: NewCard
) -> CardUpdateResponse:
    """Register a customer's new card, and notify their waiting payments of it."""
    update = await payments.update_customer_card(context, id, body, caller)
    return CardUpdateResponse(
        card=CardResponse.model_validate(update.card), payments=list(update.payments)
    )
