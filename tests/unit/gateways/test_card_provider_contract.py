"""What the product relies on, at the simulator, and by `make stripe-check` at Stripe itself.

Only with test tokens (https://docs.stripe.com/testing), and without the simulator's switches.
"""

import os
from collections.abc import Generator
from dataclasses import replace
from uuid import uuid4

import pytest
import stripe

from gateways.cards import (
    CardUnknownError,
    Charged,
    ChargeRequest,
    Declined,
    ProviderRejectedError,
    RefundRefusedError,
    RefundRequest,
    RefundStatus,
)
from gateways.stripe_cards import StripeCards
from tests.stripe_check import KEY
from tests.support import simulators
from tests.support.simulators import SECRET_KEY


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Generator[tuple[str, str]]:
    """An API key, and the URL of the API that takes it."""
    if key := os.environ.get(KEY):
        yield key, "https://api.stripe.com"
        return
    with simulators.cards(tmp_path_factory.mktemp("cards") / "state.db") as simulator:
        yield SECRET_KEY, simulator.url


@pytest.fixture
def provider(account: tuple[str, str]) -> StripeCards:
    return StripeCards(*account)


@pytest.fixture
def sdk(account: tuple[str, str]) -> stripe.V1Services:
    key, url = account
    return stripe.StripeClient(key, base_addresses={"api": url}).v1


@pytest.fixture
def customer(provider: StripeCards) -> str:
    return provider.create_customer(str(uuid4()))


@pytest.fixture
def card(provider: StripeCards) -> str:
    return provider.describe_card("pm_card_visa").payment_method


def first(customer: str, card: str) -> ChargeRequest:
    """A charge of EUR 25.00 by a customer who is present."""
    id = str(uuid4())
    key = f"payment:{id}:charge:1"
    return ChargeRequest(key, id, 1, 2500, "EUR", card, customer, on_session=True)


def later(customer: str, card: str) -> ChargeRequest:
    return replace(first(customer, card), on_session=False)


def refund_of(charge: ChargeRequest, charged: object, amount: int, reference: str) -> RefundRequest:
    assert isinstance(charged, Charged)
    key = f"payment:{charge.payment_id}:refund:{reference}"
    return RefundRequest(key, charged.charge_id, amount, charge.payment_id, reference)


def test_a_card_is_described_and_has_an_id_of_its_own(provider: StripeCards, card: str) -> None:
    described = provider.describe_card(card)
    assert (described.card.brand, described.card.last4) == ("visa", "4242")
    assert described.payment_method == card
    assert described.fingerprint
    assert provider.describe_card("pm_card_visa").fingerprint == described.fingerprint
    with pytest.raises(CardUnknownError):
        provider.describe_card("pm_unknown")


def test_a_customer_is_made_once(provider: StripeCards) -> None:
    id = str(uuid4())
    assert provider.create_customer(id) == provider.create_customer(id)


def test_a_charge_is_taken_once_saves_its_card_and_can_be_looked_up(
    provider: StripeCards, customer: str, card: str
) -> None:
    charge = first(customer, card)
    charged = provider.charge(charge)
    assert isinstance(charged, Charged)
    assert provider.charge(charge) == provider.look_up(charged.charge_id) == charged
    for _ in range(2):
        assert isinstance(provider.charge(later(customer, card)), Charged)


@pytest.mark.parametrize(
    ("token", "code", "decline_code"),
    [
        ("pm_card_visa_chargeDeclined", "card_declined", "generic_decline"),
        ("pm_card_visa_chargeDeclinedInsufficientFunds", "card_declined", "insufficient_funds"),
        ("pm_card_visa_chargeDeclinedLostCard", "card_declined", "lost_card"),
        ("pm_card_visa_chargeDeclinedStolenCard", "card_declined", "stolen_card"),
        ("pm_card_chargeDeclinedExpiredCard", "expired_card", None),
        ("pm_card_chargeDeclinedProcessingError", "processing_error", None),
    ],
)
def test_a_decline_says_why(
    provider: StripeCards, customer: str, token: str, code: str, decline_code: str | None
) -> None:
    declined = provider.charge(first(customer, token))
    assert isinstance(declined, Declined)
    assert (declined.code, declined.open_id) == (code, None)
    assert decline_code in {None, declined.decline_code}
    assert declined.message


def test_on_session_a_charge_may_wait_for_the_customer_until_it_is_closed(
    provider: StripeCards, customer: str
) -> None:
    declined = provider.charge(first(customer, "pm_card_authenticationRequired"))
    assert isinstance(declined, Declined)
    assert declined.code == "authentication_required"
    assert declined.open_id
    assert provider.look_up(declined.open_id) == declined
    assert provider.client_secret(declined.open_id)
    assert provider.close(declined.open_id) is None
    assert provider.close(declined.open_id) is None
    assert provider.client_secret(declined.open_id) is None


def test_off_session_it_is_declined_and_may_be_authenticated(
    provider: StripeCards, customer: str
) -> None:
    declined = provider.charge(later(customer, "pm_card_authenticationRequired"))
    assert isinstance(declined, Declined)
    assert declined.code == "authentication_required"
    assert declined.open_id
    assert provider.client_secret(declined.open_id)


def test_a_paid_charge_can_not_be_closed(provider: StripeCards, customer: str, card: str) -> None:
    charged = provider.charge(first(customer, card))
    assert isinstance(charged, Charged)
    assert provider.close(charged.charge_id) == charged


def is_unusable(provider: StripeCards, charge: ChargeRequest) -> bool:
    outcome = provider.charge(charge)
    return isinstance(outcome, Declined) and outcome.code == "payment_method_unusable"


def test_a_card_that_was_used_up_is_unusable(
    provider: StripeCards, customer: str, card: str
) -> None:
    alone = replace(later(customer, card), customer=None)
    assert isinstance(provider.charge(alone), Charged)
    another = replace(later(customer, card), customer=None)
    assert is_unusable(provider, another)
    assert is_unusable(provider, first(customer, card))


def test_a_card_of_another_customer_is_unusable(
    provider: StripeCards, customer: str, card: str
) -> None:
    assert isinstance(provider.charge(first(customer, card)), Charged)
    other = provider.create_customer(str(uuid4()))
    assert is_unusable(provider, first(other, card))
    assert is_unusable(provider, later(other, card))


def test_a_detached_card_is_unusable(
    provider: StripeCards, sdk: stripe.V1Services, customer: str, card: str
) -> None:
    assert isinstance(provider.charge(first(customer, card)), Charged)
    sdk.payment_methods.detach(card)
    assert is_unusable(provider, later(customer, card))
    assert is_unusable(provider, first(customer, card))


def test_an_unknown_card_is_declined(provider: StripeCards, customer: str) -> None:
    declined = provider.charge(first(customer, "pm_unknown"))
    assert isinstance(declined, Declined)
    assert declined.code == "resource_missing"


def test_too_small_an_amount_is_declined(provider: StripeCards, customer: str, card: str) -> None:
    declined = provider.charge(replace(first(customer, card), amount=1))
    assert isinstance(declined, Declined)
    assert declined.code == "amount_too_small"


def test_a_request_that_is_wrong_costs_no_card(
    provider: StripeCards, customer: str, card: str
) -> None:
    with pytest.raises(ProviderRejectedError):
        provider.charge(replace(first(customer, card), currency="XXX"))
    assert isinstance(provider.charge(first(customer, card)), Charged)


def test_refunds_of_parts(provider: StripeCards, customer: str, card: str) -> None:
    charge = first(customer, card)
    charged = provider.charge(charge)
    part = refund_of(charge, charged, 500, "a")
    made = provider.refund(part)
    assert (made.amount, made.currency, made.reference) == (500, "EUR", "a")
    assert made.status is RefundStatus.SUCCEEDED
    assert provider.refund(part) == provider.look_up_refund(made.refund_id) == made
    rest = provider.refund(refund_of(charge, charged, 2000, "b"))
    assert provider.refunds(part.charge_id) == [rest, made]
    assert provider.refund(replace(part, key=f"{part.key}:2")) == made
    with pytest.raises(RefundRefusedError) as refused:
        provider.refund(refund_of(charge, charged, 500, "c"))
    assert refused.value.reason == "charge_already_refunded"


def test_more_than_was_charged_is_not_refunded(
    provider: StripeCards, customer: str, card: str
) -> None:
    charge = first(customer, card)
    with pytest.raises(ProviderRejectedError):
        provider.refund(refund_of(charge, provider.charge(charge), 2501, "a"))
