"""API keys and versions; see `docs/stripe.md`."""

from pathlib import Path

import pytest
import stripe

from dev.simulators.cards.protocol.wire import API_VERSION
from tests.support import simulators
from tests.support.simulators import SECRET_KEY
from tests.support.stripe_account import Account, facts, refusal

LIVE_KEY = SECRET_KEY.replace("_test_", "_live_")


def test_the_simulator_speaks_the_version_that_the_sdk_pins() -> None:
    assert stripe.api_version == API_VERSION


@pytest.mark.parametrize("version", ["2026-10-28", "2026-10-28.nonsense", "2099-01-01.endive"])
def test_another_version_is_refused(account: Account, version: str) -> None:
    other = Account(account.url, stripe_version=version)
    refused = refusal(other.charge)
    assert isinstance(refused, stripe.InvalidRequestError)
    assert (refused.http_status, version in str(refused.user_message)) == (400, True)


@pytest.mark.parametrize("key", ["sk_test_other", "pk_test_simulator", "rk_test_simulator"])
def test_another_key_is_refused(account: Account, key: str) -> None:
    refused = refusal(Account(account.url, key).charge)
    assert isinstance(refused, stripe.AuthenticationError)
    assert refused.http_status == 401


def test_a_key_of_the_other_mode_sees_nothing(account: Account) -> None:
    intent = account.charge().id
    live = Account(account.url, LIVE_KEY)
    refused = refusal(lambda: live.intent(intent))
    assert facts(refused)[:2] == (404, "resource_missing")
    assert "a similar object exists in test mode" in str(refused.user_message)
    assert refusal(live.charge).http_status == 404


def test_a_live_account_is_in_live_mode(tmp_path: Path) -> None:
    with simulators.cards(tmp_path / "state.db", "--secret-key", LIVE_KEY) as simulator:
        live = Account(simulator.url, LIVE_KEY)
        intent = live.charge(customer=live.customer())
        assert (intent.livemode, live.charge_of(intent.id).livemode) == (True, True)
        refused = refusal(lambda: Account(simulator.url).intent(intent.id))
        assert "a similar object exists in live mode" in str(refused.user_message)
