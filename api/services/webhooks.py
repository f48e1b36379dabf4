"""Stripe's webhook events: notify the payment that waits for one, or post a dashboard refund.

Disputes and early fraud warnings: see `dispute_webhooks`.

A notified payment looks up the charge at the card provider, so that repeated, late and reordered
events do no harm. An event is stored after its payment was notified: if this process dies before
that, Stripe sends the event again. No workflow waits for a refund that was made in Stripe's
dashboard: it is posted here, in one transaction with the event.
"""

import logging
from contextlib import suppress
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any, TypeVar

from pydantic import AwareDatetime, BaseModel, Field, ValidationError
from sqlalchemy import Connection

from api.dependencies import Context
from api.errors import AnswerPendingError
from api.infrastructure.temporal import WorkflowNotFoundError, temporal_call
from api.services import dispute_webhooks, stripe_events
from api.services.stripe_events import Event
from domain.errors import ConflictError
from domain.field_types import NoCardNumber
from domain.statuses import Awaited, payment_workflow_id
from storage import charges, dashboard_refunds, provider_events
from storage.dashboard_refunds import DashboardRefund
from workflows.messages import ChargeSettled

log = logging.getLogger(__name__)

CHARGE_SETTLED = "charge_settled"

Shape = TypeVar("Shape", bound=BaseModel)

REFUND_ID = r"^(re|pyr)_[A-Za-z0-9_]{1,50}$"
"""Beside the event's own id, the only value of an event that is stored as received."""


class Refund(BaseModel):
    """A refund of Stripe's, the part that is used (https://docs.stripe.com/api/refunds/object).

    `amount` in minor units. A refund that this system requested names its payment in the metadata.
    """

    id: Annotated[str, Field(pattern=REFUND_ID), NoCardNumber]
    amount: int = Field(gt=0)
    created: AwareDatetime
    payment_intent: str | None
    status: str | None
    metadata: dict[str, str] | None

    @property
    def is_from_dashboard(self) -> bool:
        """Whether it was made in the dashboard; a pending one may still fail."""
        return self.status in {"pending", "succeeded"} and "payment" not in (self.metadata or {})


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


REFUNDED = "refund.created"


async def handle(context: Context, body: bytes) -> WebhookOutcome:
    """Notify the payment that waits for the event, post the refund, or write the dispute.

    Raises `DependencyUnavailableError` and `AnswerPendingError`: Stripe then sends it again.
    """
    event = _read(Event, body)
    if event is None or event.type not in {REFUNDED, *SETTLING, *dispute_webhooks.KINDS}:
        return WebhookOutcome.IGNORED
    if not stripe_events.is_ours(context, event):
        return WebhookOutcome.IGNORED
    if await context.database.read(provider_events.is_known, event.id):
        return WebhookOutcome.DUPLICATE
    now = datetime.now(UTC)
    if event.type in dispute_webhooks.KINDS:
        payment_id = await dispute_webhooks.handle(context, event, now)
    elif event.type == REFUNDED:
        refund = _read(Refund, event.data.object)
        if refund is None:
            return WebhookOutcome.IGNORED
        try:
            payment_id = await context.database.write(_post, event, refund, now)
        except ConflictError as error:
            raise AnswerPendingError(str(error)) from error
    else:
        payment_id = await _notify(context, event)
        await context.database.write(provider_events.note, event.id, event.type, payment_id, now)
    return WebhookOutcome.NOTIFIED if payment_id else WebhookOutcome.STORED


def _post(tx: Connection, event: Event, refund: Refund, now: datetime) -> str | None:
    """Store the event and post its refund in one transaction; returns the payment's id, if any."""
    payment_id = None
    if refund.is_from_dashboard and refund.payment_intent:
        dashboard_refund = DashboardRefund(
            refund_id=refund.id,
            charge_id=refund.payment_intent,
            amount=refund.amount,
            made_at=refund.created,
        )
        payment_id = dashboard_refunds.record(tx, dashboard_refund, now)
    provider_events.note(tx, event.id, event.type, payment_id, now)
    return payment_id


def _read(shape: type[Shape], content: bytes | dict[str, Any]) -> Shape | None:
    """None if the shape is unknown, like that of Stripe's thin events."""
    try:
        if isinstance(content, bytes):
            return shape.model_validate_json(content)
        return shape.model_validate(content)
    except ValidationError:
        # The validation error is not logged: it might quote the event.
        log.warning("a signed event of an unknown shape was ignored")
        return None


async def _notify(context: Context, event: Event) -> str | None:
    """Notify the payment that waits for the charge; returns its id, or None."""
    charge_id = str(event.data.object.get("id"))
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
