"""Why a card was declined, and how the provider says so; see `docs/stripe.md`."""

from collections.abc import Generator
from dataclasses import dataclass

import httpx
import pytest

from tests.support.stripe_account import Account, decline, refusal


@pytest.fixture
def declining(account: Account) -> Generator[Account]:
    """Its banks decline what a test says."""
    yield account
    account.switch("_bank", declines=None)


@dataclass(frozen=True)
class Codes:
    code: str | None
    decline_code: str | None
    advice: str | None
    network: str | None


LATER, NEVER, CHECK = "try_again_later", "do_not_try_again", "confirm_card_data"

CODES = {
    "visa_chargeDeclined": Codes("card_declined", "generic_decline", None, "01"),
    "visa_chargeDeclinedInsufficientFunds": Codes(
        "card_declined", "insufficient_funds", LATER, "51"
    ),
    "visa_chargeDeclinedLostCard": Codes("card_declined", "lost_card", NEVER, "41"),
    "visa_chargeDeclinedStolenCard": Codes("card_declined", "stolen_card", NEVER, "43"),
    "visa_chargeDeclinedVelocityLimitExceeded": Codes(
        "card_declined", "card_velocity_exceeded", LATER, "65"
    ),
    "chargeDeclinedFraudulent": Codes("card_declined", "fraudulent", NEVER, None),
    "radarBlock": Codes("card_declined", "fraudulent", NEVER, None),
    "chargeDeclinedExpiredCard": Codes("expired_card", None, CHECK, "54"),
    "chargeDeclinedIncorrectCvc": Codes("incorrect_cvc", None, CHECK, "N7"),
    "chargeDeclinedProcessingError": Codes("processing_error", None, LATER, "96"),
    "threeDSecureRequiredProcessingError": Codes("card_declined", "generic_decline", None, "01"),
}


@pytest.mark.parametrize("token", CODES)
def test_a_decline_has_its_codes(account: Account, token: str) -> None:
    expected = CODES[token]
    error = decline(refusal(lambda: account.charge(f"pm_card_{token}")))
    names = ("code", "decline_code", "advice_code", "network_decline_code")
    assert Codes(*(error.get(name) for name in names)) == expected
    assert error["type"] == "card_error"
    intent = account.intent(error["payment_intent"]["id"])
    assert intent.last_payment_error
    shown = intent.last_payment_error.to_dict()
    assert Codes(*(shown.get(name) for name in names)) == expected
    assert shown["payment_method"]["id"] == error["payment_method"]["id"]
    outcome = account.charge_of(intent.id).outcome
    assert outcome
    assert (outcome.advice_code, outcome.network_decline_code) == (
        expected.advice,
        expected.network,
    )
    is_blocked = expected.decline_code == "fraudulent"
    reason = expected.decline_code or expected.code
    assert outcome.reason == ("highest_risk_level" if is_blocked else reason)


def test_a_bank_declines_what_the_provider_does_not_block(account: Account) -> None:
    outcomes = {
        token: account.charge_of(
            decline(refusal(lambda one=token: account.charge(one)))["payment_intent"]["id"]
        ).outcome
        for token in ("pm_card_visa_chargeDeclined", "pm_card_radarBlock")
    }
    seen = [(one.type, one.network_status, one.risk_level) for one in outcomes.values() if one]
    assert seen == [
        ("issuer_declined", "declined_by_network", "normal"),
        ("blocked", "not_sent_to_network", "highest"),
    ]


def test_a_charge_that_succeeded_has_an_outcome(account: Account) -> None:
    charge = account.charge_of(account.charge().id)
    assert charge.outcome
    assert (charge.outcome.type, charge.outcome.reason) == ("authorized", None)
    assert (charge.status, charge.paid, charge.failure_code) == ("succeeded", True, None)
    assert account.api.charges.retrieve(charge.id).id == charge.id


@pytest.mark.parametrize(
    ("code", "advice"),
    [
        ("do_not_honor", "try_again_later"),
        ("try_again_later", "try_again_later"),
        ("pickup_card", "do_not_try_again"),
        ("revocation_of_authorization", "do_not_try_again"),
        ("transaction_not_allowed", "do_not_try_again"),
        ("new_account_information_available", "confirm_card_data"),
    ],
)
def test_banks_may_decline_every_card(declining: Account, code: str, advice: str) -> None:
    declining.switch("_bank", declines=code)
    error = decline(refusal(declining.charge))
    assert (error["decline_code"], error["advice_code"]) == (code, advice)
    declining.switch("_bank", declines=None)
    assert declining.charge().status == "succeeded"


def test_a_decline_code_must_be_known(account: Account) -> None:
    answer = httpx.post(f"{account.url}/_bank", json={"declines": "no_such_code"}, timeout=60)
    assert answer.status_code == 400


def test_the_banks_pace_and_their_declines_are_switched_apart(declining: Account) -> None:
    assert declining.switch("_bank", declines="lost_card")["takes_its_time"] is False
    seen = declining.switch("_bank", takes_its_time=False)
    assert seen == {"takes_its_time": False, "declines": "lost_card"}
