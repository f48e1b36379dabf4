import pytest
from pydantic import ValidationError

from config import Settings

LONG = "whsec_" + 32 * "x"


@pytest.mark.parametrize("name", ["STRIPE_WEBHOOK_SECRETS", "CARD_LINK_KEYS"])
@pytest.mark.parametrize("secrets", ["whsec_", "x", f"{LONG}, whsec_", f"whsec_short,{LONG}"])
def test_a_secret_that_can_be_guessed_is_refused(name: str, secrets: str) -> None:
    with pytest.raises(ValidationError, match=name) as error:
        Settings.model_validate({name.lower(): secrets})
    assert secrets not in str(error.value)


def test_secrets_one_by_one() -> None:
    settings = Settings.model_validate({"stripe_webhook_secrets": f"{LONG} , {LONG}2,"})
    assert settings.webhook_secrets == [LONG, f"{LONG}2"]
