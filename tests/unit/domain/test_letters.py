"""Letters: they say what happened, and nothing of a card."""

import pytest

from domain import letters
from domain.events import AmountWithdrawn, CreditCardFailed
from domain.letters import Letter
from tests.support.examples import NOON, later, line, order, payment

WAITING = (
    payment(amount=2505)
    .after(AmountWithdrawn(at=NOON, amount=505))
    .after(CreditCardFailed(at=NOON, code="expired_card", message="Visa 4242 has expired."))
)
ABOUT_PAYMENTS = {
    "reminder": letters.reminder(WAITING, 3, later(days=14)),
    "payment_received": letters.payment_received(WAITING),
    "payment_canceled": letters.payment_canceled(WAITING),
}


@pytest.mark.parametrize("letter", ABOUT_PAYMENTS.values(), ids=ABOUT_PAYMENTS)
def test_a_letter_says_how_much_it_is_about_and_what_for(letter: Letter) -> None:
    assert "EUR 25.05" in letter.text
    assert WAITING.reference in letter.text


@pytest.mark.parametrize("letter", ABOUT_PAYMENTS.values(), ids=ABOUT_PAYMENTS)
def test_a_letter_has_nothing_of_the_card(letter: Letter) -> None:
    written = letter.subject + letter.text
    assert [word for word in ("expired", "4242", "Visa", "20.00") if word in written] == []


def test_a_reminder_says_which_one_it_is_and_until_when_there_is_time() -> None:
    letter = ABOUT_PAYMENTS["reminder"]
    assert letter.subject == "Reminder 3: please update your card"
    assert "15 March 2026, 12:00 UTC" in letter.text


def test_a_shipped_order_is_told_with_its_goods_and_its_tracking_number() -> None:
    shipped = order("o-1", line("pond-lily", 3), line("tea-cup"))
    letter = letters.order_shipped(shipped, "T1")
    assert "order o-1" in letter.text
    assert "3 x The pond-lily\n" in letter.text
    assert "1 x The tea-cup\n" in letter.text
    assert "T1" in letter.text


@pytest.mark.parametrize(
    ("cents", "written"),
    [(0, "EUR 0.00"), (1, "EUR 0.01"), (100, "EUR 1.00"), (123456, "EUR 1234.56")],
)
def test_an_amount_is_written_with_two_digits_of_cents(cents: int, written: str) -> None:
    assert f" {written} " in letters.payment_received(payment(amount=cents)).text
