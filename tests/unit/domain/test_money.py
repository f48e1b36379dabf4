"""Money: whole cents, none of it negative, none of it a float."""

import pytest
from pydantic import TypeAdapter, ValidationError

from domain.money import (
    EXACT_CURRENCIES,
    MAX_CENTS,
    Cents,
    PositiveCents,
    format_amount,
    is_payable,
    minimum_charge,
    withdrawable,
)


@pytest.mark.parametrize(
    ("balance", "amount", "covered"),
    [
        (0, 2500, 0),
        (500, 2500, 500),
        (2449, 2500, 2449),
        (2450, 2500, 2450),
        (2451, 2500, 2450),
        (2480, 2500, 2450),
        (2499, 2500, 2450),
        (2500, 2500, 2500),
        (2501, 2500, 2500),
        (0, 50, 0),
        (49, 50, 0),
        (50, 50, 50),
        (0, 0, 0),
        (7, 0, 0),
        # Of payments that an older release accepted.
        (0, 49, 0),
        (30, 49, 30),
        (49, 49, 49),
    ],
)
def test_an_account_covers_what_it_holds_and_leaves_what_a_card_can_pay(
    balance: int, amount: int, covered: int
) -> None:
    assert withdrawable(balance, amount, "EUR") == covered


def test_the_least_that_a_card_can_pay_depends_on_the_currency() -> None:
    assert withdrawable(17_500, 25_000, "HUF") == 7500
    assert withdrawable(2499, 2500, "ISK") == 2499
    minima = {"EUR": 50, "GBP": 30, "JPY": 50, "HUF": 17_500, "NOK": 300, "ISK": 1}
    assert {currency: minimum_charge(currency) for currency in minima} == minima


@pytest.mark.parametrize(
    ("amount", "payable"), [(0, True), (1, False), (49, False), (50, True), (MAX_CENTS, True)]
)
def test_a_payment_is_of_nothing_or_of_what_a_card_can_pay(amount: int, payable: bool) -> None:
    assert is_payable(amount, "EUR") is payable


def test_a_currency_has_amounts_that_the_card_provider_takes_exactly() -> None:
    assert {"EUR", "JPY", "HUF", "ISK", "UGX", "TWD"} <= EXACT_CURRENCIES
    assert not {"KWD", "TND", "IQD", "MGA", "CLF", "XXX", "eur"} & EXACT_CURRENCIES


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
