"""What people read on a workflow's page in the Temporal Web UI, in Markdown."""

from datetime import datetime
from typing import Any

from temporalio import workflow
from temporalio.common import SearchAttributeUpdate

from domain.names import CancellationReason, OrderStep
from domain.waiting import WaitingPeriod

RECEIVED = "**Payment received.** The whole amount is held."
CANCELED = "**Payment canceled.** What was withdrawn is on the customer's account again."

STEPS: dict[OrderStep, str] = {
    OrderStep.PAYMENT: "**Payment requested.** The payment service answers within its two weeks.",
    OrderStep.GOODS: "**Fetching goods** from the inventory.",
    OrderStep.SHIPMENT: "**Shipping goods** with the carrier.",
}
FULFILLED = "**Order fulfilled.**"
UNDOING = "**Undoing** what was done, newest first."


def show(text: str, *attributes: SearchAttributeUpdate[Any]) -> None:
    """Put the text on the page of the workflow, and have it found by these attributes."""
    workflow.set_current_details(text)
    if attributes:
        workflow.upsert_search_attributes(attributes)  # pyright: ignore[reportUnknownMemberType]  the SDK leaves a type open


def charging(attempt: int) -> str:
    """While a card is being charged."""
    return f"**Charging the credit card**, attempt {attempt}."


def awaiting_card(waiting: WaitingPeriod, until: datetime) -> str:
    """While the payment waits: for what, since when, until when."""
    lines = [
        "**Waiting for another credit card** of the customer.",
        f"- since {_moment(waiting.since)}",
        f"- until {_moment(waiting.deadline)}, then the payment is canceled",
    ]
    if until != waiting.deadline:
        lines.append(f"- next reminder {_moment(until)}")
    return "\n".join(lines)


def timer(reminder_due: datetime | None, number: int) -> str:
    """The name of the timer that runs while the payment waits."""
    return "Deadline of the payment" if reminder_due is None else f"Reminder {number} is due"


def not_fulfilled(reason: CancellationReason) -> str:
    """When an order has come to nothing."""
    return f"**Order not fulfilled**: {reason}. Everything that was done is undone."


def _moment(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"
