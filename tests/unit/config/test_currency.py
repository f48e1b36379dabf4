import pytest
from pydantic import ValidationError

from config import Settings, read_settings


@pytest.mark.parametrize("currency", ["KWD", "MGA", "XXX"])
def test_a_currency_that_the_card_provider_does_not_take_exactly_is_refused(currency: str) -> None:
    with pytest.raises(ValidationError, match=f"CURRENCY={currency} can't be used"):
        Settings.model_validate({"currency": currency})


@pytest.mark.parametrize("currency", ["EUR", "JPY", "ISK"])
def test_other_currencies_are_taken(currency: str) -> None:
    assert Settings.model_validate({"currency": currency}).currency == currency


def test_a_process_says_so_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CURRENCY", "KWD")
    with pytest.raises(SystemExit, match=r"^CURRENCY=KWD can't be used: .*minor units\.$"):
        read_settings()
