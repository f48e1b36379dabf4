"""What Stripe tells us by itself: is it Stripe, and which payment is to hear of it?

The payment asks the card provider itself, so that it does not matter how often, how late or in
which order it hears of something. An event is written down once its payment was told: if this
process dies before that, the event is sent again.
"""

import logging
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, Field, ValidationError
from stripe import SignatureVerificationError, WebhookSignature

from api.dependencies import Context
from api.errors import SignatureRefusedError
from api.processes import WorkflowGoneError, asking_temporal
from domain.names import Awaited, payment_name
from storage import open_charges, provider_events
from workflows.messages import ChargeSettled

log = logging.getLogger(__name__)

TOLERANCE = timedelta(minutes=5)
"""How far the moment of a signature may be from now, in either direction."""

CHARGE_SETTLED = "charge_settled"

_verify: Callable[[bytes, str, str, float], bool] = WebhookSignature.verify_header  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]  the SDK leaves a type open


class Data(BaseModel):
    """What the event is about."""

    object: dict[str, Any]


class Event(BaseModel):
    """An event of Stripe's, as far as we look at it (https://docs.stripe.com/api/events/object)."""

    id: str = Field(max_length=255)
    type: str
    data: Data


class Heard(StrEnum):
    """What came of an event."""

    TOLD = "told"
    """Its payment was told."""

    NOTED = "noted"
    """Nobody waits for it."""

    KNOWN = "known"
    """It was heard before."""

    IGNORED = "ignored"
    """We want to know nothing of such events."""


SETTLING = {
    "payment_intent.succeeded": {Awaited.BANK, Awaited.CUSTOMER},
    # The bank's: a customer may try again, and is told of as failed at the very first.
    "payment_intent.payment_failed": {Awaited.BANK},
    "payment_intent.canceled": {Awaited.BANK},
}
"""Events that bring an open charge to an end, by whom it waits for."""


def verified(body: bytes, header: str, secrets: Sequence[str]) -> Event:
    """The event, if one of the secrets has signed this very body just now.

    Raises `SignatureRefusedError`; the SDK takes signatures from the future for good, we do not.
    """
    if not any(_is_signed(body, header, secret) for secret in secrets):
        raise SignatureRefusedError
    try:
        return Event.model_validate_json(body)
    except ValidationError:
        # Not what is wrong with it, which might quote it.
        raise SignatureRefusedError from None


async def hear(context: Context, event: Event) -> Heard:
    """Tell the payment that waits for it. Raises `DependencyAwayError` if it can't be told."""
    if event.type not in SETTLING:
        return Heard.IGNORED
    if await context.store.read(provider_events.is_known, event.id):
        return Heard.KNOWN
    payment_id = await _tell(context, event)
    now = datetime.now(UTC)
    await context.store.write(provider_events.note, event.id, event.type, payment_id, now)
    return Heard.TOLD if payment_id else Heard.NOTED


async def _tell(context: Context, event: Event) -> str | None:
    """The payment that was told of it, if any waits for that."""
    found = await context.store.read(open_charges.awaiting, str(event.data.object.get("id")))
    if found is None or found.awaited not in SETTLING[event.type]:
        return None
    workflow = context.client.get_workflow_handle(payment_name(found.payment_id))
    try:
        async with asking_temporal():
            await workflow.signal(CHARGE_SETTLED, ChargeSettled(attempt=found.attempt))
    except WorkflowGoneError:
        log.warning("%s is for payment %s, whose workflow is gone", event.id, found.payment_id)
    return found.payment_id


def _is_signed(body: bytes, header: str, secret: str) -> bool:
    try:
        _verify(body, header, secret, TOLERANCE.total_seconds())
    except (SignatureVerificationError, ValueError, TypeError):
        return False
    return _signed_at(header) <= time.time() + TOLERANCE.total_seconds()


def _signed_at(header: str) -> int:
    """In seconds since 1970; the first `t=` counts, as it does for the signature."""
    parts = (part.partition("=") for part in header.split(","))
    return next(int(value) for name, _, value in parts if name == "t")
