"""Handing the customer's browser what it authenticates a charge with (3-D Secure)."""

import logging

from pydantic import BaseModel, Field

from api.auth.scopes import Caller
from api.dependencies import Context
from api.errors import DependencyAwayError
from api.services import payments
from domain.errors import ConflictError
from gateways.card_authentication import CardProviderUnavailableError
from storage import charges

CARD_PROVIDER = "the card provider"

log = logging.getLogger(__name__)


class Authentication(BaseModel):
    """For the card provider's script in the customer's browser; kept by nobody."""

    client_secret: str = Field(description="Of the PaymentIntent that waits for its customer.")


async def client_secret(context: Context, payment_id: str, caller: Caller) -> str:
    """Of the payment's charge that waits for its customer; asked for anew each time.

    Raises `NotFoundError`, `ConflictError` if no charge waits for that, `DependencyAwayError`.
    """
    await payments.find(context, payment_id, caller)
    charge_id = await context.store.read(charges.find_unauthenticated, payment_id, caller.owner)
    try:
        secret = await context.card_authentication.client_secret(charge_id) if charge_id else None
    except CardProviderUnavailableError as error:
        log.warning("%s", error)
        # Nothing that is looked for until it is back: only this endpoint needs it.
        raise DependencyAwayError(CARD_PROVIDER) from None
    if secret is None:
        raise ConflictError("No charge of this payment waits for its customer to authenticate it.")
    return secret
