"""Stripe's webhooks about disputes and early fraud warnings.

An event only says that there is news: the dispute is looked up at the provider, and its present
state written. Late, repeated and reordered events therefore do no harm.
"""

import logging
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection

from api.dependencies import Context, Disputes
from api.errors import AnswerPendingError
from api.services.provider_calls import provider_call
from api.services.stripe_events import Event
from config import Settings
from domain.disputes import Dispute, DisputeKind
from gateways.stripe_disputes import StripeDisputes
from storage import disputes, provider_charges, provider_events

log = logging.getLogger(__name__)

KINDS: Mapping[str, DisputeKind] = {
    "charge.dispute.created": DisputeKind.DISPUTE,
    "charge.dispute.updated": DisputeKind.DISPUTE,
    "charge.dispute.closed": DisputeKind.DISPUTE,
    "charge.dispute.funds_withdrawn": DisputeKind.DISPUTE,
    "charge.dispute.funds_reinstated": DisputeKind.DISPUTE,
    "radar.early_fraud_warning.created": DisputeKind.EARLY_FRAUD_WARNING,
    "radar.early_fraud_warning.updated": DisputeKind.EARLY_FRAUD_WARNING,
}
"""Event types, and what each is about."""


def connect(settings: Settings) -> Disputes:
    """The card provider of the settings; belongs to one event loop."""
    return StripeDisputes(settings)


async def handle(context: Context, event: Event, now: datetime) -> str | None:
    """Write the dispute in its present state; return its payment's id, or None.

    Raises `DependencyUnavailableError`, and `AnswerPendingError` while the charge may be one of
    ours whose answer is outstanding: Stripe then sends the event again.
    """
    kind, id = KINDS[event.type], event.object_id
    found = await _find(context, kind, id)
    if found is None:
        log.warning("%s (%s): the card provider knows no such %s", event.id, event.type, kind)
        await context.database.write(provider_events.note, event.id, event.type, None, now)
        return None
    payment_id, may_be_ours = await context.database.write(_record, event, found, now)
    if may_be_ours:
        raise AnswerPendingError("The charge may be one whose answer is still outstanding.")
    if payment_id is None:
        log.warning("%s: %s %s is of no payment of ours", event.id, kind, found.id)
    else:
        log.warning(
            "%s %s of payment %s is %s; see docs/operations.md",
            *(kind, found.id, payment_id, found.status),
        )
    return payment_id


async def _find(context: Context, kind: DisputeKind, id: str | None) -> Dispute | None:
    if id is None:
        return None
    with provider_call():
        return await context.disputes.find(kind, id)


def _record(
    tx: Connection, event: Event, dispute: Dispute, asked_at: datetime
) -> tuple[str | None, bool]:
    """The payment's id, and whether the charge may be one of ours that is not answered yet.

    The event counts as handled only if it may not.
    """
    # Before the look-up by id: the answer may be recorded in between.
    is_outstanding = provider_charges.may_be_unanswered(tx, dispute.opened_at)
    payment_id = disputes.record(tx, dispute, asked_at)
    may_be_ours = payment_id is None and is_outstanding
    if not may_be_ours:
        provider_events.note(tx, event.id, event.type, payment_id, asked_at)
    return payment_id, may_be_ours
