"""What customers are told by mail. Nothing of a card, and no amount of it, is ever in a content."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict

from domain.money import format_amount
from domain.order import Order
from domain.payment import Payment


class MailContent(BaseModel):
    """A mail's subject and plain text."""

    model_config = ConfigDict(frozen=True)

    subject: str
    text: str


def reminder(payment: Payment, number: int, deadline: datetime) -> MailContent:
    """Asks for another card, for the `number`th time."""
    return MailContent(
        subject=f"Reminder {number}: please update your card",
        text=(
            f"Your card did not pay {_asked(payment)}.\n"
            f"Please give us another one before {deadline:%d %B %Y, %H:%M} UTC; "
            "until then nothing is lost."
        ),
    )


def with_link(text: str, link: str) -> str:
    """A reminder's text that says where another card can be given."""
    return f"{text}\n\nGive it here, without signing in; the link is for this payment only:\n{link}"


def payment_received(payment: Payment) -> MailContent:
    """Says thanks."""
    return MailContent(
        subject="We received your payment",
        text=f"Thank you: {_asked(payment)} arrived.",
    )


def payment_canceled(payment: Payment) -> MailContent:
    """Says that nothing more will be asked for."""
    return MailContent(
        subject="Your payment was canceled",
        text=(
            f"The payment of {_asked(payment)} was canceled. "
            "What was withdrawn from your account is on it again."
        ),
    )


def order_shipped(order: Order, tracking_number: str) -> MailContent:
    """Says that the goods are on their way."""
    goods = "\n".join(f"  {line.quantity} x {line.name}" for line in order.lines)
    return MailContent(
        subject="Your order is on its way",
        text=f"We shipped order {order.id}:\n{goods}\nTracking number: {tracking_number}",
    )


def _asked(payment: Payment) -> str:
    return f"{format_amount(payment.amount, payment.currency)} for {payment.reference}"
