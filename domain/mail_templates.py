"""Texts of the mails to customers. A mail never names a card, nor the amount charged to it."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict

from domain import declines
from domain.money import format_amount
from domain.order import Order
from domain.payment import Payment


class MailContent(BaseModel):
    """A mail's subject and plain text."""

    model_config = ConfigDict(frozen=True)

    subject: str
    text: str


def reminder(payment: Payment, number: int, deadline: datetime) -> MailContent:
    """The `number`th reminder, from 1: says why, and requests another card before the deadline."""
    return MailContent(
        subject=f"Reminder {number}: please update your card",
        text=(
            f"{_why_unpaid(payment)}\n"
            f"Please give us another one before {deadline:%d %B %Y, %H:%M} UTC; "
            "the payment stays open until then."
        ),
    )


def with_link(text: str, link: str) -> str:
    """A reminder's text with the link to the page for another card."""
    return f"{text}\n\nGive it here, without signing in; the link is for this payment only:\n{link}"


def payment_received(payment: Payment) -> MailContent:
    """Confirms the payment."""
    return MailContent(
        subject="We received your payment",
        text=f"Thank you: {_describe(payment)} arrived.",
    )


def payment_canceled(payment: Payment) -> MailContent:
    """Announces that the payment was canceled."""
    return MailContent(
        subject="Your payment was canceled",
        text=(
            f"The payment of {_describe(payment)} was canceled. "
            "Any amount withdrawn from your account is credited back to it."
        ),
    )


def order_shipped(order: Order, tracking_number: str) -> MailContent:
    """Announces the shipment, with its tracking number."""
    goods = "\n".join(f"  {line.quantity} x {line.name}" for line in order.lines)
    return MailContent(
        subject="Your order is on its way",
        text=f"We shipped order {order.id}:\n{goods}\nTracking number: {tracking_number}",
    )


def _why_unpaid(payment: Payment) -> str:
    """In words of our own: the card provider's message may name the card."""
    failure = payment.failure
    if failure is None:
        return f"Your card did not pay {_describe(payment)}."
    if failure.code == declines.NO_CARD:
        return f"You have given us no card that could pay {_describe(payment)}."
    reason = declines.sentence(failure.code, failure.decline_code)
    return f"Your card did not pay {_describe(payment)}. {reason}"


def _describe(payment: Payment) -> str:
    return f"{format_amount(payment.amount, payment.currency)} for {payment.reference}"
