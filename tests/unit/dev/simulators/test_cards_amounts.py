"""Amounts and currencies that the provider takes; see `docs/stripe.md`."""

from pathlib import Path

import pytest

from dev.simulators.cards import currencies
from tests.support import simulators
from tests.support.stripe_account import Account, facts, refusal

TOO_SMALL = (400, "amount_too_small", "amount")


@pytest.mark.parametrize(
    ("currency", "least"), [("eur", 50), ("usd", 58), ("gbp", 44), ("huf", 19500), ("jpy", 89)]
)
def test_another_currency_must_convert_to_the_minimum(
    account: Account, currency: str, least: int
) -> None:
    """Of the currency that the account settles in."""
    refused = refusal(lambda: account.charge(amount=least - 1, currency=currency))
    assert facts(refused) == TOO_SMALL
    assert account.charge(amount=least, currency=currency).amount == least


def test_the_account_may_settle_in_another_currency(tmp_path: Path) -> None:
    with simulators.cards(tmp_path / "state.db", "--settlement-currency", "GBP") as simulator:
        account = Account(simulator.url)
        assert account.charge(amount=30, currency="gbp").amount == 30
        assert facts(refusal(lambda: account.charge(amount=29, currency="gbp"))) == TOO_SMALL
        assert facts(refusal(lambda: account.charge(amount=34))) == TOO_SMALL
        assert account.charge(amount=35).amount == 35


@pytest.mark.parametrize(("currency", "least"), sorted(currencies.MINIMUM.items()))
def test_each_settlement_currency_has_its_minimum(currency: str, least: int) -> None:
    assert currencies.minimum(currency, currency) == least
    assert currencies.minimum("eur", currency) > 0


@pytest.mark.parametrize(
    ("currency", "amount", "code"),
    [
        ("isk", 50050, "invalid_charge_amount_no_decimal_compatible"),
        ("ugx", 500001, "invalid_charge_amount_no_decimal_compatible"),
        ("kwd", 5125, None),
        ("tnd", 9999, None),
    ],
)
def test_parts_that_a_currency_does_not_have_are_refused(
    account: Account, currency: str, amount: int, code: str | None
) -> None:
    refused = refusal(lambda: account.charge(amount=amount, currency=currency))
    assert facts(refused) == (400, code, "amount")
    whole = amount // 100 * 100
    assert account.charge(amount=whole, currency=currency).amount == whole


@pytest.mark.parametrize(
    ("currency", "written"),
    [("eur", "EUR 12.34"), ("jpy", "JPY 1234"), ("kwd", "KWD 1.234"), ("mga", "MGA 1234")],
)
def test_amounts_are_written_with_the_currencys_decimals(currency: str, written: str) -> None:
    assert currencies.written(1234, currency) == written


@pytest.mark.parametrize("currency", sorted(currencies.SUPPORTED))
def test_every_currency_takes_a_round_amount(currency: str) -> None:
    currencies.check(5_000_000, currency, "eur")


@pytest.mark.parametrize(
    ("currency", "largest"), [("eur", 99_999_999), ("inr", 999_999_999), ("idr", 999_999_999_999)]
)
def test_the_largest_amount(account: Account, currency: str, largest: int) -> None:
    refused = refusal(lambda: account.charge(amount=largest + 1, currency=currency))
    assert facts(refused) == (400, "amount_too_large", "amount")
    assert account.charge(amount=largest, currency=currency).amount == largest


def test_an_unknown_currency_is_refused(account: Account) -> None:
    assert facts(refusal(lambda: account.charge(currency="xxx"))) == (400, None, "currency")
