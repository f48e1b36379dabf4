"""What people read on a workflow's page in the Temporal Web UI, in Markdown."""

from datetime import datetime
from typing import Any, NamedTuple

from temporalio import workflow
from temporalio.common import SearchAttributeUpdate

from domain.money import written
from domain.names import CancellationReason, OrderPolicy, OrderStep
from domain.order import SEQUENCES
from domain.waiting import WaitingPeriod
from workflows.messages import OrderInput

RECEIVED = "**Payment received.** The whole amount is held."
CANCELED = "**Payment canceled.** What was withdrawn is on the customer's account again."


class _Step(NamedTuple):
    """How a step of an order is told."""

    to_do: str
    now: str
    done: str


STEPS: dict[OrderStep, _Step] = {
    OrderStep.PAYMENT: _Step(
        "Request payment",
        "**Payment requested.** The payment service answers within its two weeks.",
        "Payment received",
    ),
    OrderStep.GOODS: _Step(
        "Fetch goods", "**Fetching goods** from the inventory.", "Goods fetched"
    ),
    OrderStep.SHIPMENT: _Step(
        "Ship goods", "**Shipping goods** with the carrier.", "Goods shipped"
    ),
}
FULFILLED = "**Order fulfilled.**"
UNDOING = "**Undoing** what was done, newest first."


def show(text: str, *attributes: SearchAttributeUpdate[Any]) -> None:
    """Put the text on the page of the workflow, and have it found by these attributes."""
    workflow.set_current_details(text)
    if attributes:
        workflow.upsert_search_attributes(attributes)  # pyright: ignore[reportUnknownMemberType]  the SDK leaves a type open


def of_order(order: OrderInput) -> str:
    """What is to be done from the beginning to the end of the order, and where its page is."""
    goods = "\n".join(
        f"- {line.quantity} x {line.sku} at {written(line.price, order.currency)}"
        for line in order.lines
    )
    total = f"**{written(order.total, order.currency)}** of customer {order.customer_id} for"
    return _paragraphs(total, goods, _page(order))


def of_payment(order: OrderInput) -> str:
    """As `of_order`, for the order's payment and its refund."""
    return _paragraphs(f"**{written(order.total, order.currency)}**", _page(order))


def _page(order: OrderInput) -> str:
    url = order.agreement.public_url
    return f"[The order's page]({url}/#/orders/{order.order_id})" if url else ""


def during(policy: OrderPolicy, step: OrderStep) -> str:
    """While an order is at this step of its policy."""
    sequence = SEQUENCES[policy]
    now = sequence.index(step)
    steps = [
        *(f"- ✓ {STEPS[done].done}" for done in sequence[:now]),
        f"- ► {STEPS[step].to_do}",
        *(f"- {STEPS[later].to_do}" for later in sequence[now + 1 :]),
    ]
    return _paragraphs(STEPS[step].now, "\n".join(steps))


def charging(attempt: int) -> str:
    """While a card is being charged."""
    return f"**Charging the credit card**, attempt {attempt}."


def awaiting_card(waiting: WaitingPeriod, until: datetime) -> str:
    """While the payment waits: for what, since when, until when."""
    lines = [
        f"- since {_moment(waiting.since)}",
        f"- until {_moment(waiting.deadline)}, then the payment is canceled",
    ]
    if until != waiting.deadline:
        lines.append(f"- next reminder {_moment(until)}")
    waiting_for = "**Waiting for another credit card** of the customer."
    return _paragraphs(waiting_for, "\n".join(lines))


def timer(reminder_due: datetime | None, number: int) -> str:
    """The name of the timer that runs while the payment waits."""
    return "Deadline of the payment" if reminder_due is None else f"Reminder {number} is due"


def not_fulfilled(reason: CancellationReason) -> str:
    """When an order has come to nothing."""
    return f"**Order not fulfilled**: {reason}. Everything that was done is undone."


def _paragraphs(*texts: str) -> str:
    """Markdown takes no list for one unless an empty line is before it."""
    return "\n\n".join(text for text in texts if text)


def _moment(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"
