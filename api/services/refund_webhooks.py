"""Stripe's webhooks about refunds.

An event only says that there is news: the refund is looked up at the provider before anything is
booked. The workflow of a pending refund is notified. Whatever no workflow waits for, a refund that
fails days later or one made in the dashboard, is posted here, in one transaction with the event.
"""

import logging
from contextlib import suppress
from datetime import datetime
from typing import Annotated, Any

from pydantic import AwareDatetime, BaseModel, Field, ValidationError
from sqlalchemy import Connection

from api.dependencies import Context, Refunds
from api.errors import AnswerPendingError
from api.infrastructure.temporal import WorkflowNotFoundError, temporal_call
from api.services.provider_calls import provider_call
from config import Settings
from domain.errors import ConflictError
from domain.field_types import NoCardNumber
from domain.money import AmountMismatchError
from domain.statuses import WHOLE, RefundReason, RefundState
from gateways.cards import ProviderRefund, RefundStatus
from gateways.refund_look_up import RefundLookUp
from storage import (
    dashboard_refunds,
    payments,
    provider_charges,
    provider_events,
    refund_states,
    refunds,
)
from storage.dashboard_refunds import DashboardRefund
from storage.refunds import Refund
from workflows.messages import RefundSettled
from workflows.names import refund_workflow_id

log = logging.getLogger(__name__)

TYPES = frozenset({"refund.created", "refund.updated", "refund.failed", "charge.refund.updated"})
REFUND_SETTLED = "refund_settled"
REFUND_ID = r"^(re|pyr)_[A-Za-z0-9_]{1,50}$"


class Hint(BaseModel):
    """The part of an event's refund that is used (https://docs.stripe.com/api/refunds/object)."""

    id: Annotated[str, Field(pattern=REFUND_ID), NoCardNumber]
    created: AwareDatetime


def connect(settings: Settings) -> Refunds:
    """The card provider of the settings; belongs to one event loop."""
    return RefundLookUp(settings)


def read(refund: dict[str, Any]) -> Hint | None:
    """None if the shape is unknown."""
    try:
        return Hint.model_validate(refund)
    except ValidationError:
        # The validation error is not logged: it might quote the event.
        log.warning("a signed event about a refund of an unknown shape was ignored")
        return None


async def handle(
    context: Context, event_id: str, event_type: str, hint: Hint, now: datetime
) -> str | None:
    """Notify the refund's workflow, or post what became of the refund; return its payment's id.

    Raises `DependencyUnavailableError`, and `AnswerPendingError` while the payment is open or the
    charge may be one of ours whose answer is outstanding: Stripe then sends the event again.
    """
    with provider_call():
        found = await context.refunds.find(hint.id)
    if found is None:
        log.warning("%s (%s): the card provider knows no such refund", event_id, event_type)
        await context.database.write(provider_events.note, event_id, event_type, None, now)
        return None
    refund = await context.database.read(refunds.find_by_provider_id, hint.id)
    if refund is not None and refund.status.is_under_way and await _notify(context, refund):
        payment_id = refund.payment_id
        await context.database.write(provider_events.note, event_id, event_type, payment_id, now)
        return payment_id
    try:
        return await context.database.write(_post, event_id, event_type, found, hint.created, now)
    except ConflictError as error:
        raise AnswerPendingError(str(error)) from error
    except AmountMismatchError as error:
        # Sending it again changes nothing: a person has to look at it.
        log.error("%s (%s): nothing was booked; see docs/operations.md", event_id, error)  # noqa: TRY400
        context.metrics.webhooks_ignored.labels("amount").inc()
        await context.database.write(provider_events.note, event_id, event_type, None, now)
        return None


async def _notify(context: Context, refund: Refund) -> bool:
    """Notify the workflow that waits for the refund; False if it does not exist."""
    reference = None if refund.reference == WHOLE else refund.reference
    id = refund_workflow_id(refund.payment_id, reference)
    workflow = context.temporal.get_workflow_handle(id)
    with suppress(WorkflowNotFoundError):
        async with temporal_call():
            await workflow.signal(REFUND_SETTLED, RefundSettled(reference=refund.reference))
        return True
    return False


def _post(  # noqa: PLR0913, PLR0917  the event and its refund
    tx: Connection,
    event_id: str,
    event_type: str,
    found: ProviderRefund,
    made_at: datetime,
    now: datetime,
) -> str | None:
    """Store the event, and what it changes; returns the payment's id, if it changes anything."""
    payment_id = None
    state = RefundState(found.status)
    refund = refunds.find_by_provider_id(tx, found.refund_id)
    if refund is None and state is not RefundState.PENDING:
        refund = _find_unanswered(tx, found) or _adopt(tx, found, now)
    if refund is not None:
        _require_amount(tx, refund, found)
        id = found.refund_id
        settled = refund_states.settle(
            tx, refund, state, now, provider_id=id, failure=found.failure
        )
        if settled.status is not refund.status:
            payment_id = refund.payment_id
        if settled.is_owed:
            log.error(
                "refund %s of payment %s failed (%s): %d minor units are owed to the customer; "
                "see docs/operations.md",
                *(refund.reference, refund.payment_id, found.failure, refund.to_card),
            )
    elif found.payment_id is None and state is RefundState.SUCCEEDED:
        made = DashboardRefund(
            refund_id=found.refund_id,
            charge_id=found.charge_id,
            amount=found.amount,
            currency=found.currency,
            made_at=made_at,
        )
        payment_id = dashboard_refunds.record(tx, made, now)
    provider_events.note(tx, event_id, event_type, payment_id, now)
    return payment_id


def _find_unanswered(tx: Connection, found: ProviderRefund) -> Refund | None:
    """The refund whose request made it, if the answer to that is not stored yet."""
    if found.payment_id is None or found.reference is None:
        return None
    refund = refunds.find(tx, found.payment_id, found.reference)
    return refund if refund and refund.status is RefundState.REQUESTED else None


def _require_amount(tx: Connection, refund: Refund, found: ProviderRefund) -> None:
    """Raise `AmountMismatchError` if it gives back something else than was requested.

    Nobody requested a dashboard refund, of which older releases recorded only what was held.
    """
    if refund.reason is RefundReason.DASHBOARD or found.status is RefundStatus.FAILED:
        return
    currency = payments.find(tx, refund.payment_id).currency
    if (found.amount, found.currency) != (refund.to_card, currency):
        message = (
            f"refund {refund.reference} of payment {refund.payment_id}: {refund.to_card} "
            f"{currency} were requested, but {found.refund_id} is of {found.amount} "
            f"{found.currency}"
        )
        raise AmountMismatchError(message)


def _adopt(tx: Connection, found: ProviderRefund, now: datetime) -> Refund | None:
    """The refund, if a release before refunds were rows recorded it; those had no reference."""
    if found.payment_id is None:
        payment_id = provider_charges.find_payment_id(tx, found.charge_id)
        reference = found.refund_id  # made in the dashboard
    else:
        payment_id, reference = found.payment_id, WHOLE
    if payment_id is None or found.reference is not None:
        return None
    return refunds.adopt(tx, payment_id, reference, found.refund_id, found.amount, now)
