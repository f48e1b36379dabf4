"""What Stripe tells us by itself: which payment is to hear of it?

The payment asks the card provider itself, so that it does not matter how often, how late or in
which order it hears of something. An event is written down once its payment was told: if this
process dies before that, the event is sent again.
"""

import logging
from contextlib import suppress
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, Field, ValidationError

from api.dependencies import Context
from api.processes import WorkflowGoneError, asking_temporal
from domain.names import Awaited, payment_name
from storage import open_charges, provider_events
from workflows.messages import ChargeSettled

log = logging.getLogger(__name__)

CHARGE_SETTLED = "charge_settled"


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


async def hear(context: Context, body: bytes) -> Heard:
    """Tell the payment that waits for it. Raises `DependencyAwayError` if it can't be told."""
    event = _read(body)
    if event is None or event.type not in SETTLING:
        return Heard.IGNORED
    if await context.store.read(provider_events.is_known, event.id):
        return Heard.KNOWN
    payment_id = await _tell(context, event)
    now = datetime.now(UTC)
    await context.store.write(provider_events.note, event.id, event.type, payment_id, now)
    return Heard.TOLD if payment_id else Heard.NOTED


def _read(body: bytes) -> Event | None:
    """None if it has another shape, as Stripe's thin events have."""
    try:
        return Event.model_validate_json(body)
    except ValidationError:
        # Not what is wrong with it, which might quote it.
        log.warning("a signed event has a shape that we do not know; it is ignored")
        return None


async def _tell(context: Context, event: Event) -> str | None:
    """The payment that was told of it, if any waits for that."""
    charge_id = str(event.data.object.get("id"))
    found = await context.store.read(open_charges.awaiting, charge_id)
    if found is None or found.awaited not in SETTLING[event.type]:
        return None
    workflow = context.client.get_workflow_handle(payment_name(found.payment_id))
    with suppress(WorkflowGoneError):
        async with asking_temporal():
            await workflow.signal(CHARGE_SETTLED, ChargeSettled(attempt=found.attempt))
        return found.payment_id
    log.error(
        "%s (%s) is for payment %s, whose workflow is gone. Unless its order is being undone, "
        "look up charge %s at the card provider and refund it if it took money; "
        "`make audit` names such payments",
        *(event.id, event.type, found.payment_id, charge_id),
    )
    return None
