"""Stripe's webhook events: notify the payment that waits for one, or handle news of a refund.

Disputes and early fraud warnings: see `dispute_webhooks`.

A notified payment looks up the charge at the card provider, so that repeated, late and reordered
events do no harm. An event is stored after its payment was notified: if this process dies before
that, Stripe sends the event again.
"""

import logging
from contextlib import suppress
from datetime import UTC, datetime
from enum import StrEnum

from pydantic import ValidationError

from api.dependencies import Context
from api.infrastructure.temporal import WorkflowNotFoundError, temporal_call
from api.services import dispute_webhooks, refund_webhooks, stripe_events
from api.services.stripe_events import Event
from domain.statuses import Awaited, payment_workflow_id
from storage import charges, provider_events
from workflows.messages import ChargeSettled

log = logging.getLogger(__name__)

CHARGE_SETTLED = "charge_settled"


class WebhookOutcome(StrEnum):
    """How an event was handled."""

    NOTIFIED = "told"
    """Its payment was notified, or the refund was posted, or the dispute was written."""

    STORED = "noted"
    """No payment waits for it."""

    DUPLICATE = "known"
    """It was handled before."""

    IGNORED = "ignored"
    """Events of this type or shape are not used, or it is of another mode or account."""


SETTLING = {
    "payment_intent.succeeded": {Awaited.BANK, Awaited.CUSTOMER},
    # Only while the bank decides: a customer may try again after a failed authentication.
    "payment_intent.payment_failed": {Awaited.BANK},
    "payment_intent.canceled": {Awaited.BANK},
}
"""Event types that settle an open charge, and whose decision the charge then waits for."""


async def handle(context: Context, body: bytes) -> WebhookOutcome:
    """Notify the payment that waits for the event, post the refund, or write the dispute.

    Raises `DependencyUnavailableError` and `AnswerPendingError`: Stripe then sends it again.
    """
    event = _read(body)
    used = {*refund_webhooks.TYPES, *SETTLING, *dispute_webhooks.KINDS}
    if event is None or event.type not in used or not stripe_events.is_ours(context, event):
        return WebhookOutcome.IGNORED
    if await context.database.read(provider_events.is_known, event.id):
        return WebhookOutcome.DUPLICATE
    now = datetime.now(UTC)
    if event.type in dispute_webhooks.KINDS:
        payment_id = await dispute_webhooks.handle(context, event, now)
    elif event.type in refund_webhooks.TYPES:
        hint = refund_webhooks.read(event.data.object)
        if hint is None:
            return WebhookOutcome.IGNORED
        payment_id = await refund_webhooks.handle(context, event.id, event.type, hint, now)
    else:
        payment_id = await _notify(context, event)
        await context.database.write(provider_events.note, event.id, event.type, payment_id, now)
    return WebhookOutcome.NOTIFIED if payment_id else WebhookOutcome.STORED


def _read(body: bytes) -> Event | None:
    """None if the shape is unknown, like that of Stripe's thin events."""
    try:
        return Event.model_validate_json(body)
    except ValidationError:
        # The validation error is not logged: it might quote the event.
        log.warning("a signed event of an unknown shape was ignored")
        return None


async def _notify(context: Context, event: Event) -> str | None:
    """Notify the payment that waits for the charge; returns its id, or None."""
    charge_id = event.object_id
    if charge_id is None:
        return None
    found = await context.database.read(charges.find_open_by_id, charge_id)
    if found is None or found.awaited not in SETTLING[event.type]:
        return None
    workflow = context.temporal.get_workflow_handle(payment_workflow_id(found.charge.payment_id))
    with suppress(WorkflowNotFoundError):
        async with temporal_call():
            await workflow.signal(CHARGE_SETTLED, ChargeSettled(attempt=found.charge.attempt))
        return found.charge.payment_id
    log.error(
        "%s (%s) is for payment %s, whose workflow does not exist. Unless its order is being "
        "canceled, look up charge %s at the card provider and refund it if it succeeded; "
        "`make audit` lists such payments",
        *(event.id, event.type, found.charge.payment_id, charge_id),
    )
    return None
