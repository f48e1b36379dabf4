"""What Stripe tells us by itself: which payment is to hear of it?

A payment that waits for a charge asks the card provider itself, so that it does not matter how
often, how late or in which order it hears of something. An event is written down once its payment
was told: if this process dies before that, the event is sent again. What was refunded by hand no
workflow waits for: it is booked here, together with the event.
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
from api.infrastructure.temporal import WorkflowGoneError, asking_temporal
from domain.errors import ConflictError
from domain.field_types import NoCardNumber
from domain.statuses import Awaited, payment_workflow_id
from storage import charges, dashboard_refunds, provider_events
from storage.dashboard_refunds import DashboardRefund
from workflows.messages import ChargeSettled

log = logging.getLogger(__name__)

CHARGE_SETTLED = "charge_settled"

Shape = TypeVar("Shape", bound=BaseModel)

EVENT_ID = r"^evt_[A-Za-z0-9_]{1,100}$"
REFUND_ID = r"^(re|pyr)_[A-Za-z0-9_]{1,50}$"
"""Nothing of an event is written down as it came but these two."""


class Data(BaseModel):
    """What the event is about."""

    object: dict[str, Any]


class Event(BaseModel):
    """An event of Stripe's, as far as we look at it (https://docs.stripe.com/api/events/object)."""

    id: Annotated[str, Field(pattern=EVENT_ID), NoCardNumber]
    type: str
    data: Data


class Refund(BaseModel):
    """A refund of Stripe's, as far as we look at it (https://docs.stripe.com/api/refunds/object).

    `amount` in minor units. Those that we asked for name the payment in their metadata.
    """

    id: Annotated[str, Field(pattern=REFUND_ID), NoCardNumber]
    amount: int = Field(gt=0)
    created: AwareDatetime
    payment_intent: str | None
    status: str | None
    metadata: dict[str, str] | None

    @property
    def is_by_hand(self) -> bool:
        """Whether somebody gave money back without us; what is pending may still fail."""
        return self.status in {"pending", "succeeded"} and "payment" not in (self.metadata or {})


class Heard(StrEnum):
    """What came of an event."""

    TOLD = "told"
    """Its payment was told, or its books say so now."""

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


REFUNDED = "refund.created"


async def hear(context: Context, body: bytes) -> Heard:
    """Tell the payment that waits for it, or book it.

    Raises `DependencyAwayError` and `AnswerPendingError`: it is to be sent again.
    """
    event = _read(Event, body)
    if event is None or event.type not in {REFUNDED, *SETTLING}:
        return Heard.IGNORED
    if await context.store.read(provider_events.is_known, event.id):
        return Heard.KNOWN
    now = datetime.now(UTC)
    if event.type == REFUNDED:
        refund = _read(Refund, event.data.object)
        if refund is None:
            return Heard.IGNORED
        try:
            payment_id = await context.store.write(_book, event, refund, now)
        except ConflictError as error:
            raise AnswerPendingError(str(error)) from error
    else:
        payment_id = await _tell(context, event)
        await context.store.write(provider_events.note, event.id, event.type, payment_id, now)
    return Heard.TOLD if payment_id else Heard.NOTED


def _book(tx: Connection, event: Event, refund: Refund, now: datetime) -> str | None:
    """The event and what follows from it, in one transaction; returns the payment's id."""
    payment_id = None
    if refund.is_by_hand and refund.payment_intent:
        by_hand = DashboardRefund(
            refund_id=refund.id,
            charge_id=refund.payment_intent,
            amount=refund.amount,
            made_at=refund.created,
        )
        payment_id = dashboard_refunds.record(tx, by_hand, now)
    provider_events.note(tx, event.id, event.type, payment_id, now)
    return payment_id


def _read(shape: type[Shape], said: bytes | dict[str, Any]) -> Shape | None:
    """None if it has another shape, as Stripe's thin events have."""
    try:
        if isinstance(said, bytes):
            return shape.model_validate_json(said)
        return shape.model_validate(said)
    except ValidationError:
        # Not what is wrong with it, which might quote it.
        log.warning("a signed event has a shape that we do not know; it is ignored")
        return None


async def _tell(context: Context, event: Event) -> str | None:
    """The payment that was told of it, if any waits for that."""
    charge_id = str(event.data.object.get("id"))
    found = await context.store.read(charges.find_open_by_id, charge_id)
    if found is None or found.awaited not in SETTLING[event.type]:
        return None
    workflow = context.client.get_workflow_handle(payment_workflow_id(found.charge.payment_id))
    with suppress(WorkflowGoneError):
        async with asking_temporal():
            await workflow.signal(CHARGE_SETTLED, ChargeSettled(attempt=found.charge.attempt))
        return found.charge.payment_id
    log.error(
        "%s (%s) is for payment %s, whose workflow is gone. Unless its order is being undone, "
        "look up charge %s at the card provider and refund it if it took money; "
        "`make audit` names such payments",
        *(event.id, event.type, found.charge.payment_id, charge_id),
    )
    return None
