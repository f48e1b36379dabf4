"""Letters: they say what happened, and do not name a card."""

from collections.abc import Callable

import pytest

from domain import mail_templates
from domain.events import AmountWithdrawn, CreditCardFailed
from domain.mail_templates import MailContent
from tests.support.examples import NOON, later, line, order, payment

WAITING = (
    payment(amount=2505)
    .after(AmountWithdrawn(at=NOON, amount=505))
    .after(CreditCardFailed(at=NOON, code="expired_card", message="Visa 4242 has expired."))
)

ABOUT_PAYMENTS: dict[str, tuple[Callable[[], MailContent], str, str]] = {
    "reminder": (
        lambda: mail_templates.reminder(WAITING, 3, later(days=14)),
        "Reminder 3: please update your card",
        (
            "Your card did not pay EUR 25.05 for order o-1. Your card has expired.\n"
            "Please give us another one before 15 March 2026, 12:00 UTC; "
            "the payment stays open until then."
        ),
    ),
    "payment_received": (
        lambda: mail_templates.payment_received(WAITING),
        "We received your payment",
        "Thank you: EUR 25.05 for order o-1 arrived.",
    ),
    "payment_canceled": (
        lambda: mail_templates.payment_canceled(WAITING),
        "Your payment was canceled",
        (
            "The payment of EUR 25.05 for order o-1 was canceled. "
            "Any amount withdrawn from your account is credited back to it."
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
    assert [word for word in ("4242", "Visa", "20.00") if word in written] == []


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
    text = mail_templates.reminder(payment().after(failed), 1, later(days=14)).text
    assert text.startswith(f"Your card did not pay EUR 25.00 for order o-1.{why}\n")


def test_who_gave_no_card_is_not_told_that_it_did_not_pay() -> None:
    failed = CreditCardFailed(at=NOON, code="no_card", message="")
    text = mail_templates.reminder(payment().after(failed), 1, later(days=14)).text
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
