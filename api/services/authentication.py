"""3-D Secure: gives the customer's browser the secret that authenticates a charge."""

from pydantic import BaseModel, Field

from api.auth.scopes import Caller
from api.dependencies import CardAuthentication, Context
from api.services import queries
from api.services.provider_calls import provider_call
from config import Settings
from domain.errors import ConflictError
from gateways import card_authentication
from storage import charges


class Authentication(BaseModel):
    """For the card provider's script in the customer's browser; the service does not store it."""

    client_secret: str = Field(description="Of the PaymentIntent that waits for its customer.")


def connect(settings: Settings) -> CardAuthentication:
    """The card provider of the settings; belongs to one event loop."""
    return card_authentication.CardAuthentication(settings)


async def client_secret(context: Context, payment_id: str, caller: Caller) -> str:
    """The secret of the payment's charge that waits for its customer; never cached.

    Raises `NotFoundError`, `ConflictError` if no charge waits for the customer, and
    `DependencyUnavailableError`.
    """
    await queries.find_payment(context, payment_id, caller)
    charge_id = await context.database.read(charges.find_unauthenticated, payment_id, caller.owner)
    with provider_call():
        secret = await context.card_authentication.client_secret(charge_id) if charge_id else None
    if secret is None:
        raise ConflictError("No charge of this payment waits for its customer to authenticate it.")
    return secret
