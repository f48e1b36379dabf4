"""`/webhooks`: what others tell us by themselves."""

from typing import Annotated, Any

from fastapi import APIRouter, Header, Request

from api import webhooks
from api.dependencies import InContext
from api.errors import SignatureRefusedError
from api.routes.documented import storing
from api.schemas import HeardEvent
from stripe_signatures import is_signed

router = APIRouter(tags=["webhooks"])

BODY: dict[str, Any] = {
    "requestBody": {
        "description": "An event, as Stripe sends it: https://docs.stripe.com/api/events/object",
        "required": True,
        "content": {"application/json": {"schema": {"type": "object"}}},
    }
}


@router.post("/webhooks/stripe", responses=storing(SignatureRefusedError), openapi_extra=BODY)
async def hear_stripe(
    context: InContext,
    request: Request,
    signature: Annotated[str, Header(alias="Stripe-Signature")] = "",
) -> HeardEvent:
    """An event of the card provider's; nobody else can sign one."""
    body = await request.body()
    if not is_signed(body, signature, context.settings.webhook_secrets):
        raise SignatureRefusedError
    return HeardEvent(outcome=await webhooks.hear(context, body))
