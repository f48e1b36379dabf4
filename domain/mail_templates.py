"""Texts of the mails to customers, from present state. A mail never names a card."""

from pydantic import BaseModel, ConfigDict

from domain import declines
from domain.events import AmountCredited, CreditCardRefunded
from domain.money import format_amount
from domain.order import Order
from domain.payment import Payment
from domain.statuses import CancellationReason

_BECAUSE = {
    CancellationReason.CANCELED_BY_CUSTOMER: "on request",
    CancellationReason.GOODS_UNAVAILABLE: "because not all of its goods are available",
    CancellationReason.PAYMENT_CANCELED: "because its payment was canceled",
}


_ANOTHER_WAY = "You get it in another way than on your card."


class MailContent(BaseModel):
    """A mail's subject and plain text."""

    model_config = ConfigDict(frozen=True)

    subject: str
    text: str


class GivenBack(BaseModel):
    """What of a payment went back, in cents; `outstanding` of it the customer still has to get."""

    model_config = ConfigDict(frozen=True)

    to_card: int = 0
    to_account: int = 0
    otherwise: int = 0
    outstanding: int = 0


def card_failed(payment: Payment) -> MailContent:
    """Says at once that the card did not pay and why, and what the customer can do."""
    subject = "Your card did not pay: please update it"
    if payment.needs_authentication:
        subject = "Please confirm your payment with your bank"
    return MailContent(subject=subject, text=_request_card(payment))


def reminder(payment: Payment, number: int) -> MailContent:
    """The `number`th reminder, from 1: says why, and what to do before the deadline."""
    request = "please update your card"
    if payment.needs_authentication:
        request = "please confirm your payment with your bank"
    return MailContent(subject=f"Reminder {number}: {request}", text=_request_card(payment))


def with_link(text: str, link: str) -> str:
    """The text of a mail that requests a card or a confirmation, with the link to the page."""
    return f"{text}\n\nDo it here, without signing in; the link is for this payment only:\n{link}"


def payment_received(payment: Payment, given_back: int = 0) -> MailContent:
    """Confirms the payment, and says how many cents of it were given back since."""
    text = f"Thank you: {_name(payment, payment.amount)} arrived."
    if given_back:
        text += f" Since then we gave back {format_amount(given_back, payment.currency)} of it."
    return MailContent(subject="We received your payment", text=text)


def payment_canceled(payment: Payment, credited: int) -> MailContent:
    """Announces that the payment was canceled, and what went back to the account, if anything."""
    text = f"The payment of {_name(payment, payment.amount)} was canceled."
    if payment.withdrawn:
        held = format_amount(payment.withdrawn, payment.currency)
        text += f" {held} that we withdrew from your account is being credited back to it."
    elif credited:
        text += f" {format_amount(credited, payment.currency)} went back to your account."
    return MailContent(subject="Your payment was canceled", text=text)


def money_returned(payment: Payment, event: CreditCardRefunded | AmountCredited) -> MailContent:
    """Announces what one event gave back of a received payment, and where to."""
    if isinstance(event, AmountCredited):
        way = "It went to your account."
    elif event.outside:
        way = _ANOTHER_WAY
    else:
        way = "It goes to your card; your bank may need some days to show it."
    return MailContent(
        subject="We gave money back to you",
        text=f"We gave back {_name(payment, event.amount)}. {way}",
    )


def money_returned_again(payment: Payment, amount: int, *, outside: bool) -> MailContent:
    """Announces how money is given back that a former mail announced and the card did not get."""
    way = "It goes to your card now; your bank may need some days to show it."
    return MailContent(
        subject="About the money that we gave back to you",
        text=f"{_name(payment, amount)}, which we gave back, did not arrive on your card. "
        f"{_ANOTHER_WAY if outside else way}",
    )


def order_shipped(order: Order, tracking_number: str) -> MailContent:
    """Announces the shipment, with its tracking number."""
    goods = "\n".join(f"  {line.quantity} x {line.name}" for line in order.lines)
    return MailContent(
        subject="Your order is on its way",
        text=f"We shipped order {order.id}:\n{goods}\nTracking number: {tracking_number}",
    )


def order_canceled(order: Order, given_back: GivenBack) -> MailContent:
    """Announces that the order is not fulfilled, why, and what was given back."""
    ways = (
        (given_back.to_card, "to your card"),
        (given_back.to_account, "to your account"),
        (given_back.otherwise, "in another way"),
    )
    parts = [f"{format_amount(amount, order.currency)} {way}" for amount, way in ways if amount]
    because = _BECAUSE[order.reason] if order.reason else ""
    sentences = [f"Order {order.id} was canceled {because}".rstrip() + "."]
    if parts:
        sentences.append(f"We gave back {' and '.join(parts)}.")
    if given_back.outstanding:
        amount = format_amount(given_back.outstanding, order.currency)
        sentences.append(f"{amount} is still to be given back; we will write again about it.")
    if len(sentences) == 1:
        sentences.append("You paid nothing for it.")
    return MailContent(subject="Your order was canceled", text="\n".join(sentences))


def _request_card(payment: Payment) -> str:
    until = f" before {payment.deadline:%d %B %Y, %H:%M} UTC" if payment.deadline else ""
    request = f"Please give us another one{until}"
    if payment.needs_authentication:
        request = f"Please confirm it{until}, or give us another card"
    return f"{_why_unpaid(payment)}\n{request}; the payment stays open until then."


def _why_unpaid(payment: Payment) -> str:
    """In words of our own: the card provider's message may name the card."""
    due = _name(payment, payment.rest)
    failure = payment.failure
    if failure is None:
        return f"Your card did not pay {due}."
    if failure.code == declines.NO_CARD:
        return f"You have given us no card that could pay {due}."
    if failure.needs_authentication:
        return f"Your bank wants you to confirm the payment of {due}."
    reason = declines.sentence(failure.code, failure.decline_code)
    return f"Your card did not pay {due}. {reason}"


def _name(payment: Payment, amount: int) -> str:
    return f"{format_amount(amount, payment.currency)} for {payment.reference}"
