"""Letters: they say what happened, and do not name a card."""

from collections.abc import Callable

import pytest

from domain import mail_templates
from domain.events import (
    AmountCredited,
    AmountWithdrawn,
    CreditCardFailed,
    CreditCardRefunded,
    OrderNotFulfilled,
)
from domain.mail_templates import GivenBack, MailContent
from domain.order import Order
from domain.statuses import CancellationReason
from tests.support.examples import NOON, line, order, payment

WAITING = (
    payment(amount=2505)
    .after(AmountWithdrawn(at=NOON, amount=505))
    .after(CreditCardFailed(at=NOON, code="expired_card", message="Visa 4242 has expired."))
)

UNCONFIRMED = payment().after(
    CreditCardFailed(at=NOON, code="authentication_required", message="Visa 4242 asks.")
)


def _not_fulfilled(reason: CancellationReason) -> Order:
    return order("o-1").after(OrderNotFulfilled(at=NOON, reason=reason))


ABOUT_PAYMENTS: dict[str, tuple[Callable[[], MailContent], str, str]] = {
    "reminder": (
        lambda: mail_templates.reminder(WAITING, 3),
        "Reminder 3: please update your card",
        (
            "Your card did not pay EUR 20.00 for order o-1. Your card has expired.\n"
            "Please give us another one before 15 March 2026, 12:00 UTC; "
            "the payment stays open until then."
        ),
    ),
    "payment_received": (
        lambda: mail_templates.payment_received(WAITING),
        "We received your payment",
        "Thank you: EUR 25.05 for order o-1 arrived.",
    ),
    "received, then given back": (
        lambda: mail_templates.payment_received(WAITING, given_back=700),
        "We received your payment",
        "Thank you: EUR 25.05 for order o-1 arrived. Since then we gave back EUR 7.00 of it.",
    ),
    "reminder without a deadline": (
        lambda: mail_templates.reminder(payment(), 1),
        "Reminder 1: please update your card",
        (
            "Your card did not pay EUR 25.00 for order o-1.\n"
            "Please give us another one; the payment stays open until then."
        ),
    ),
    "order canceled, no reason": (
        lambda: mail_templates.order_canceled(order("o-1"), GivenBack()),
        "Your order was canceled",
        "Order o-1 was canceled.\nYou paid nothing for it.",
    ),
    "payment_canceled": (
        lambda: mail_templates.payment_canceled(WAITING, credited=0),
        "Your payment was canceled",
        (
            "The payment of EUR 25.05 for order o-1 was canceled. "
            "EUR 5.05 that we withdrew from your account is being credited back to it."
        ),
    ),
    "card_failed": (
        lambda: mail_templates.card_failed(WAITING),
        "Your card did not pay: please update it",
        (
            "Your card did not pay EUR 20.00 for order o-1. Your card has expired.\n"
            "Please give us another one before 15 March 2026, 12:00 UTC; "
            "the payment stays open until then."
        ),
    ),
    "to be confirmed": (
        lambda: mail_templates.card_failed(UNCONFIRMED),
        "Please confirm your payment with your bank",
        (
            "Your bank wants you to confirm the payment of EUR 25.00 for order o-1.\n"
            "Please confirm it before 15 March 2026, 12:00 UTC, or give us another card; "
            "the payment stays open until then."
        ),
    ),
    "reminder to confirm": (
        lambda: mail_templates.reminder(UNCONFIRMED, 2),
        "Reminder 2: please confirm your payment with your bank",
        (
            "Your bank wants you to confirm the payment of EUR 25.00 for order o-1.\n"
            "Please confirm it before 15 March 2026, 12:00 UTC, or give us another card; "
            "the payment stays open until then."
        ),
    ),
    "credited and canceled": (
        lambda: mail_templates.payment_canceled(payment(), credited=505),
        "Your payment was canceled",
        (
            "The payment of EUR 25.00 for order o-1 was canceled. "
            "EUR 5.05 went back to your account."
        ),
    ),
    "canceled, nothing withdrawn": (
        lambda: mail_templates.payment_canceled(payment(), credited=0),
        "Your payment was canceled",
        "The payment of EUR 25.00 for order o-1 was canceled.",
    ),
    "refunded": (
        lambda: mail_templates.money_returned(WAITING, CreditCardRefunded(at=NOON, amount=700)),
        "We gave money back to you",
        (
            "We gave back EUR 7.00 for order o-1. "
            "It goes to your card; your bank may need some days to show it."
        ),
    ),
    "refunded outside": (
        lambda: mail_templates.money_returned(
            WAITING, CreditCardRefunded(at=NOON, amount=700, outside=True)
        ),
        "We gave money back to you",
        ("We gave back EUR 7.00 for order o-1. You get it in another way than on your card."),
    ),
    "credited": (
        lambda: mail_templates.money_returned(WAITING, AmountCredited(at=NOON, amount=505)),
        "We gave money back to you",
        "We gave back EUR 5.05 for order o-1. It went to your account.",
    ),
    "order canceled, nothing paid": (
        lambda: mail_templates.order_canceled(
            _not_fulfilled(CancellationReason.PAYMENT_CANCELED), GivenBack()
        ),
        "Your order was canceled",
        "Order o-1 was canceled because its payment was canceled.\nYou paid nothing for it.",
    ),
    "order canceled, given back": (
        lambda: mail_templates.order_canceled(
            _not_fulfilled(CancellationReason.GOODS_UNAVAILABLE),
            GivenBack(to_card=2000, to_account=505, otherwise=1, outstanding=300),
        ),
        "Your order was canceled",
        (
            "Order o-1 was canceled because not all of its goods are available.\n"
            "We gave back EUR 20.00 to your card and EUR 5.05 to your account "
            "and EUR 0.01 in another way.\n"
            "EUR 3.00 is still to be given back; we will write again about it."
        ),
    ),
}
"""How each is written, its subject and its text."""


@pytest.mark.parametrize(("write", "subject", "text"), ABOUT_PAYMENTS.values(), ids=ABOUT_PAYMENTS)
def test_a_letter_says_how_much_it_is_about_and_what_for(
    write: Callable[[], MailContent], subject: str, text: str
) -> None:
    assert write() == MailContent(subject=subject, text=text)


@pytest.mark.parametrize("name", ABOUT_PAYMENTS)
def test_a_letter_does_not_name_the_card(name: str) -> None:
    content = ABOUT_PAYMENTS[name][0]()
    written = content.subject + content.text
    assert [word for word in ("4242", "Visa") if word in written] == []


@pytest.mark.parametrize(
    ("code", "decline_code", "why"),
    [
        ("card_declined", "insufficient_funds", " Your card has insufficient funds."),
        ("card_declined", "stolen_card", " Your card was declined."),
        ("card_declined", None, " Your card was declined."),
        ("card_declined", "of next year", " Your card was declined."),
    ],
)
def test_a_reminder_says_why(code: str, decline_code: str | None, why: str) -> None:
    failed = CreditCardFailed(at=NOON, code=code, decline_code=decline_code, message="Visa 4242")
    text = mail_templates.reminder(payment().after(failed), 1).text
    assert text.startswith(f"Your card did not pay EUR 25.00 for order o-1.{why}\n")


def test_who_gave_no_card_is_not_told_that_it_did_not_pay() -> None:
    failed = CreditCardFailed(at=NOON, code="no_card", message="")
    text = mail_templates.reminder(payment().after(failed), 1).text
    assert text.startswith("You have given us no card that could pay EUR 25.00 for order o-1.\n")


def test_a_shipped_order_is_told_with_its_goods_and_its_tracking_number() -> None:
    shipped = order("o-1", line("pond-lily", 3), line("tea-cup"))
    assert mail_templates.order_shipped(shipped, "T1") == MailContent(
        subject="Your order is on its way",
        text="We shipped order o-1:\n  3 x The pond-lily\n  1 x The tea-cup\nTracking number: T1",
    )


@pytest.mark.parametrize(
    ("cents", "written"),
    [(0, "EUR 0.00"), (1, "EUR 0.01"), (100, "EUR 1.00"), (123456, "EUR 1234.56")],
)
def test_an_amount_is_written_with_two_digits_of_cents(cents: int, written: str) -> None:
    assert f" {written} " in mail_templates.payment_received(payment(amount=cents)).text
