"""What people read on a workflow's page in the Temporal Web UI, in Markdown."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from temporalio import workflow
from temporalio.common import SearchAttributeUpdate

from domain.money import format_amount
from domain.statuses import CancellationReason, OrderStep
from workflows.messages import OrderInput


class _Step(NamedTuple):
    """The texts for a step of an order."""

    to_do: str
    now: str
    done: str


STEPS: dict[OrderStep, _Step] = {
    OrderStep.PAYMENT: _Step(
        "Request payment",
        "**Payment requested.** The result may take up to two weeks.",
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
    """Set the workflow's current details, and search attributes."""
    workflow.set_current_details(text)
    if attributes:
        workflow.upsert_search_attributes(attributes)  # pyright: ignore[reportUnknownMemberType]  the SDK leaves a type open


def of_order(order: OrderInput) -> str:
    """What is to be done from the beginning to the end of the order, and where its page is."""
    goods = "\n".join(
        f"- {line.quantity} x {line.sku} at {format_amount(line.price, order.currency)}"
        for line in order.lines
    )
    total = f"**{format_amount(order.total, order.currency)}** of customer {order.customer_id} for"
    return paragraphs(total, goods, _page(order))


def of_payment(order: OrderInput) -> str:
    """As `of_order`, for the order's payment and its refund."""
    return paragraphs(f"**{format_amount(order.total, order.currency)}**", _page(order))


def _page(order: OrderInput) -> str:
    url = order.agreement.public_url
    return f"[The order's page]({url}/#/orders/{order.order_id})" if url else ""


def during(sequence: Sequence[OrderStep], step: OrderStep) -> str:
    """While an order is at this step of its sequence."""
    now = sequence.index(step)
    steps = [
        *(f"- ✓ {STEPS[done].done}" for done in sequence[:now]),
        f"- ► {STEPS[step].to_do}",
        *(f"- {STEPS[later].to_do}" for later in sequence[now + 1 :]),
    ]
    return paragraphs(STEPS[step].now, "\n".join(steps))


def not_fulfilled(reason: CancellationReason) -> str:
    """When an order is not fulfilled."""
    return f"**Order not fulfilled**: {reason}. Everything that was done is undone."


def paragraphs(*texts: str) -> str:
    """The texts, separated by empty lines: Markdown needs one before a list."""
    return "\n\n".join(text for text in texts if text)
