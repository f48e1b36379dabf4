"""`/webhooks`: what others tell us by themselves."""

from typing import Annotated, Any

from fastapi import APIRouter, Header, Request

from api.dependencies import InContext
from api.errors import SignatureRefusedError
from api.openapi.responses import storing
from api.schemas.responses import HeardEvent
from api.services import webhooks
from gateways.stripe_webhooks import is_signed

router = APIRouter(tags=["webhooks"])

EVENT: dict[str, Any] = {
    "type": "object",
    "properties": {
        "id": {"type": "string", "pattern": webhooks.EVENT_ID},
        "type": {"type": "string"},
        "data": {
            "type": "object",
            "properties": {"object": {"type": "object", "properties": {"id": {"type": "string"}}}},
        },
    },
}
"""What we look at of it; events of another shape are ignored."""

BODY: dict[str, Any] = {
    "requestBody": {
        "description": "An event, as Stripe sends it: https://docs.stripe.com/api/events/object",
        "required": True,
        "content": {"application/json": {"schema": EVENT}},
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
