"""What a browser sees and does at the card provider with a client secret; see `docs/stripe.md`."""

from typing import Any

import httpx
import pytest

from tests.support.stripe_account import Account, refusal

ALWAYS = "pm_card_authenticationRequired"


def _request(account: Account, **body: Any) -> httpx.Response:
    """As the script sends it, which has no secret key."""
    answer = httpx.post(f"{account.url}/_stripe_js", json=body, trust_env=False, timeout=60)
    assert answer.headers["access-control-allow-origin"] == "*"
    return answer


def _secret(account: Account, intent: str) -> str:
    return str(account.intent(intent).client_secret)


def _declined(account: Account) -> str:
    refused: Any = refusal(lambda: account.charge(ALWAYS, off_session=True)).json_body
    return refused["error"]["payment_intent"]["id"]


def test_the_script_is_served(account: Account) -> None:
    script = httpx.get(f"{account.url}/v3/", trust_env=False, timeout=60)
    assert script.headers["content-type"].startswith("text/javascript")
    assert "window.Stripe" in script.text


def test_a_charge_that_waits_is_authenticated_with_its_secret(account: Account) -> None:
    intent = account.charge(ALWAYS).id
    secret = _secret(account, intent)
    assert _request(account, client_secret=secret).json()["status"] == "requires_action"

    failed = _request(account, client_secret=secret, authenticates=False).json()
    error = failed["last_payment_error"]
    assert error["code"] == "payment_intent_authentication_failure"
    card = error["payment_method"]["id"]
    paid = _request(account, client_secret=secret, authenticates=True, payment_method=card)

    assert paid.json()["status"] == account.intent(intent).status == "succeeded"
    again = _request(account, client_secret=secret, authenticates=True)
    assert again.json()["error"]["code"] == "payment_intent_unexpected_state"


def test_a_declined_charge_has_lost_its_card(account: Account) -> None:
    intent = _declined(account)
    secret = _secret(account, intent)
    refused = _request(account, client_secret=secret, authenticates=True)
    assert (refused.status_code, refused.json()["error"]["param"]) == (400, "payment_method")
    seen = _request(account, client_secret=secret).json()
    card = seen["last_payment_error"]["payment_method"]["id"]
    _request(account, client_secret=secret, authenticates=True, payment_method=card)
    assert account.intent(intent).status == "succeeded"


@pytest.mark.parametrize("secret", ["pi_none_secret_x", "{}_secret_x", "{}", "sk_test_simulator"])
def test_without_the_secret_there_is_nothing(account: Account, secret: str) -> None:
    intent = account.charge(ALWAYS).id
    answer = _request(account, client_secret=secret.format(intent), authenticates=True)
    assert answer.json()["error"]["code"] == "resource_missing"
    assert account.intent(intent).status == "requires_action"
