"""Charges that the customer or their bank still has to say something to."""

from collections.abc import Generator
from uuid import uuid4

import pytest

from gateways.cards import CardProvider, Charged, ChargeRequest, Declined, Pending, RefundRequest
from gateways.stripe_cards import StripeCards
from tests.support.card_events import CardHolders
from tests.support.simulators import SECRET_KEY, Simulator


@pytest.fixture
def provider(cards: Simulator) -> CardProvider:
    return StripeCards(SECRET_KEY, cards.url)


@pytest.fixture
def people(cards: Simulator) -> Generator[CardHolders]:
    people = CardHolders(cards.url)
    yield people
    people.take_time(on=False)


def of(card: str) -> ChargeRequest:
    id = str(uuid4())
    return ChargeRequest(f"payment:{id}:charge:1", id, 1, 2500, "EUR", card)


@pytest.fixture
def unauthenticated(provider: CardProvider) -> str:
    """A charge that its customer has to authenticate."""
    charge = of("pm_card_authenticationRequired")
    declined = provider.charge(charge)
    assert isinstance(declined, Declined)
    assert declined.code == "authentication_required"
    assert provider.charge(charge) == provider.find_charge(charge.payment_id, 1) == declined
    assert declined.open_id
    return declined.open_id


@pytest.fixture
def pending(provider: CardProvider, people: CardHolders) -> str:
    """A charge that its bank takes its time for."""
    people.take_time()
    charge = of("pm_card_visa")
    outcome = provider.charge(charge)
    assert isinstance(outcome, Pending)
    assert provider.find_charge(charge.payment_id, 1) == outcome
    return outcome.open_id


def test_what_the_customers_browser_needs_is_told_while_the_charge_is_open(
    cards: Simulator, people: CardHolders, unauthenticated: str
) -> None:
    provider = StripeCards(SECRET_KEY, cards.url)
    secret = provider.client_secret(unauthenticated)
    assert secret
    assert secret.startswith(f"{unauthenticated}_secret_")
    assert people.authenticate(unauthenticated, succeeds=False).is_success
    assert provider.client_secret(unauthenticated) == secret
    assert people.authenticate(unauthenticated).is_success
    assert provider.client_secret(unauthenticated) is None


def test_of_no_other_charge_it_is_told(
    cards: Simulator, provider: CardProvider, pending: str, unauthenticated: str
) -> None:
    asked = StripeCards(SECRET_KEY, cards.url)
    assert asked.client_secret(pending) is None
    provider.close(unauthenticated)
    assert asked.client_secret(unauthenticated) is None


def test_authenticated_it_is_charged(
    provider: CardProvider, people: CardHolders, unauthenticated: str
) -> None:
    assert people.authenticate(unauthenticated).is_success

    assert provider.look_up(unauthenticated) == Charged(unauthenticated)
    assert provider.close(unauthenticated) == Charged(unauthenticated)


def test_authenticated_in_vain_it_stays_open(
    provider: CardProvider, people: CardHolders, unauthenticated: str
) -> None:
    assert people.authenticate(unauthenticated, succeeds=False).is_success

    declined = provider.look_up(unauthenticated)

    assert isinstance(declined, Declined)
    assert declined.open_id == unauthenticated
    assert people.authenticate(unauthenticated).is_success
    assert provider.look_up(unauthenticated) == Charged(unauthenticated)


def test_closed_it_can_not_be_authenticated_any_more(
    provider: CardProvider, people: CardHolders, unauthenticated: str
) -> None:
    assert provider.close(unauthenticated) is None
    assert provider.close(unauthenticated) is None

    assert people.authenticate(unauthenticated).status_code == 400
    declined = provider.look_up(unauthenticated)
    assert isinstance(declined, Declined)
    assert declined.open_id is None


@pytest.mark.parametrize("pays", [True, False])
def test_the_bank_decides_later(
    provider: CardProvider, people: CardHolders, pending: str, *, pays: bool
) -> None:
    assert provider.look_up(pending) == Pending(pending)

    people.settle(pending, pays=pays)

    declined = Declined("card_declined", "Your card was declined.", decline_code="generic_decline")
    assert provider.look_up(pending) == (Charged(pending) if pays else declined)


def test_refunds_are_listed_whoever_made_them(provider: CardProvider, people: CardHolders) -> None:
    charge = of("pm_card_visa")
    charged = provider.charge(charge)
    assert isinstance(charged, Charged)
    assert provider.refunds(charged.charge_id) == []

    people.refund(charged.charge_id, 500)
    key = f"{charge.key}:refund"
    made = provider.refund(RefundRequest(key, charged.charge_id, 700, charge.payment_id, "r"))

    ours, theirs = provider.refunds(charged.charge_id)
    assert ours == made
    assert (ours.payment_id, ours.reference, ours.amount) == (charge.payment_id, "r", 700)
    assert (theirs.payment_id, theirs.reference, theirs.amount) == (None, None, 500)
