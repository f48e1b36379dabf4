"""`/webhooks`: notifications from other systems."""

from typing import Annotated, Any

from fastapi import APIRouter, Header, Request

from api.dependencies import InContext
from api.errors import SignatureRefusedError
from api.middleware.limits import Bucket
from api.openapi.responses import dependency_problems
from api.schemas.responses import WebhookResponse
from api.services import webhooks
from api.services.stripe_events import EVENT_ID
from gateways.stripe_webhooks import is_signed

router = APIRouter(tags=["webhooks"])

EVENT: dict[str, Any] = {
    "type": "object",
    "properties": {
        "id": {
            "type": "string",
            "pattern": EVENT_ID,
            "description": "`evt_` and at most 100 letters, digits and underscores.",
        },
        "type": {"type": "string"},
        "livemode": {"type": "boolean"},
        "account": {"type": ["string", "null"]},
        "data": {
            "type": "object",
            "properties": {"object": {"type": "object", "properties": {"id": {"type": "string"}}}},
        },
    },
}
"""The part of an event that is used; events of another shape are ignored."""

BODY: dict[str, Any] = {
    "requestBody": {
        "description": "An event, as Stripe sends it: https://docs.stripe.com/api/events/object",
        "required": True,
        "content": {"application/json": {"schema": EVENT}},
    }
}


@router.post(
    "/webhooks/stripe", responses=dependency_problems(SignatureRefusedError), openapi_extra=BODY
)
async def receive_stripe_event(
    context: InContext,
    request: Request,
    signature: Annotated[str, Header(alias="Stripe-Signature")] = "",
) -> WebhookResponse:
    """Receive an event that the card provider has signed."""
    bucket = Bucket.STRANGERS
    try:
        # Without a signature the body is not even read: strangers send as much as they like.
        body = await request.body() if signature else b""
        if not is_signed(body, signature, context.settings.webhook_secrets):
            raise SignatureRefusedError
        bucket = Bucket.WEBHOOKS
    finally:
        context.rates.count(None, request.scope, bucket)
    return WebhookResponse(outcome=await webhooks.handle(context, body))
