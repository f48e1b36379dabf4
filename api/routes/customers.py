"""`/customers`: whom we sell to."""

from fastapi import APIRouter, Response, status

from api.auth.scopes import CardsWriter, OrdersReader, Scope, needs
from api.dependencies import CustomerId, InContext
from api.errors import AnswerPendingError
from api.openapi.responses import storing
from api.schemas.requests import NewCard, NewCredit, NewCustomer
from api.schemas.responses import Card, CardUpdate, Customer
from api.services import credits, payments
from domain.errors import ConflictError, NotFoundError
from storage import customers

router = APIRouter(tags=["customers"])


@router.post(
    "/customers",
    status_code=status.HTTP_201_CREATED,
    dependencies=[needs(Scope.OPERATOR)],
    responses={200: {"model": Customer, "description": "Exactly this one was there already"}}
    | storing(ConflictError),
)
async def create_customer(context: InContext, body: NewCustomer, response: Response) -> Customer:
    """Create a customer with an empty account."""
    is_new = await context.store.write(
        customers.create, body.id, body.name, body.email, context.settings.currency
    )
    if not is_new:
        response.status_code = status.HTTP_200_OK
    return Customer.of(await context.store.read(customers.find, body.id))


@router.get("/customers/{id}", responses=storing(NotFoundError))
async def get_customer(context: InContext, caller: OrdersReader, id: CustomerId) -> Customer:
    """A customer, their balance, and what may be shown of their card."""
    return Customer.of(await context.store.read(customers.find, id, caller.owner))


@router.post(
    "/customers/{id}/credits",
    status_code=status.HTTP_201_CREATED,
    dependencies=[needs(Scope.OPERATOR)],
    responses={200: {"model": Customer, "description": "This credit was given before"}}
    | storing(NotFoundError, ConflictError),
)
async def give_credit(
    context: InContext, id: CustomerId, body: NewCredit, response: Response
) -> Customer:
    """Give a customer money on their account, once per reference."""
    customer, given = await context.store.write(credits.give, id, body)
    if not given:
        response.status_code = status.HTTP_200_OK
    return Customer.of(customer)


@router.put(
    "/customers/{id}/card", responses=storing(NotFoundError, ConflictError, AnswerPendingError)
)
async def update_customer_card(
    context: InContext, caller: CardsWriter, id: CustomerId, body: NewCard
) -> CardUpdate:
    """Register a customer's new card; every waiting payment of theirs is told of it."""
    update = await payments.update_customer_card(context, id, body, caller)
    return CardUpdate(card=Card.model_validate(update.card), payments=list(update.payments))
