"""Money: whole cents, none of it negative, none of it a float."""

import pytest
from pydantic import TypeAdapter, ValidationError

from domain.money import MAX_CENTS, Cents, PositiveCents, format_amount, withdrawable


@pytest.mark.parametrize(
    ("balance", "amount", "covered"),
    [(0, 2500, 0), (500, 2500, 500), (2499, 2500, 2499), (2500, 2500, 2500), (2501, 2500, 2500)],
)
def test_an_account_covers_what_it_holds_of_an_amount(
    balance: int, amount: int, covered: int
) -> None:
    assert withdrawable(balance, amount) == covered


@pytest.mark.parametrize("cents", [0, 1, MAX_CENTS])
def test_whole_cents_are_money(cents: int) -> None:
    assert TypeAdapter(Cents).validate_python(cents) == cents


@pytest.mark.parametrize("wrong", [-1, MAX_CENTS + 1, 1.0, "1", True, None])
def test_nothing_else_is_money(wrong: object) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Cents).validate_python(wrong)


def test_a_positive_amount_is_not_nothing() -> None:
    assert TypeAdapter(PositiveCents).validate_python(1) == 1
    with pytest.raises(ValidationError):
        TypeAdapter(PositiveCents).validate_python(0)


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [
        (2500, "EUR", "EUR 25.00"),
        (5, "EUR", "EUR 0.05"),
        (0, "EUR", "EUR 0.00"),
        (2500, "JPY", "JPY 2500"),
        (2500, "KWD", "KWD 2.500"),
        # By ISO 4217, though CLDR says that people there count whole units.
        (2500, "HUF", "HUF 25.00"),
        (2500, "IQD", "IQD 2.500"),
        (MAX_CENTS, "EUR", "EUR 10000000000.00"),
    ],
)
def test_an_amount_is_written_with_as_many_digits_as_its_currency_has(
    amount: int, currency: str, text: str
) -> None:
    assert format_amount(amount, currency) == text
