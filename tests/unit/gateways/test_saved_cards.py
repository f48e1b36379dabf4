"""Customers and their cards at the provider, on and off session, by Stripe's rules."""

from collections.abc import Generator
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest
import stripe as sdk

from gateways.cards import (
    Charged,
    ChargeRequest,
    CustomerDeletedError,
    Declined,
    ProviderRejectedError,
    ProviderUnavailableError,
)
from gateways.stripe_cards import StripeCards
from tests.support.scripted_http import Script, scripted_http
from tests.support.simulators import SECRET_KEY, Simulator

UNUSABLE = Declined(
    "payment_method_unusable", "Your card can't be charged any more. Please add another one."
)
REFUSAL = {"type": "invalid_request_error", "message": "pm_secret"}
OLD = ChargeRequest("k", "p", 1, 2500, "EUR", "pm_secret")
SAVED = replace(OLD, customer="cus_1")
NEW = replace(SAVED, on_session=True)


@pytest.fixture
def provider(cards: Simulator) -> StripeCards:
    return StripeCards(SECRET_KEY, cards.url)


@pytest.fixture
def customer(provider: StripeCards) -> str:
    return provider.create_customer(str(uuid4()))


@pytest.fixture
def stripe() -> Generator[Script]:
    with scripted_http() as script:
        yield script


@pytest.fixture
def scripted(stripe: Script) -> StripeCards:
    return StripeCards("sk_test_secret", stripe.url, timeout_seconds=60)


def charge_of(card: str, customer: str | None, *, on_session: bool = False) -> ChargeRequest:
    id = str(uuid4())
    key = f"payment:{id}:charge:1"
    return ChargeRequest(key, id, 1, 2500, "EUR", card, customer, on_session)


def test_a_customer_is_made_once(provider: StripeCards) -> None:
    id = str(uuid4())
    assert provider.create_customer(id) == provider.create_customer(id)
    assert provider.create_customer(id) != provider.create_customer(str(uuid4()))


def test_a_customer_is_made_under_another_key_when_the_first_only_repeats_a_fault(
    cards: Simulator, provider: StripeCards
) -> None:
    id = str(uuid4())
    cards.fault("error_500", times=1)
    with pytest.raises(ProviderUnavailableError):
        provider.create_customer(id)
    made = provider.create_customer(id)
    assert provider.create_customer(id) == made


def test_the_provider_learns_nothing_of_a_customer_but_our_id(
    stripe: Script, scripted: StripeCards
) -> None:
    stripe.answer(200, {"id": "cus_1", "object": "customer"})
    assert scripted.create_customer("kermit") == "cus_1"
    [request] = stripe.requests
    assert request.headers["idempotency-key"] == "customer:kermit"
    assert request.body == "metadata[customer]=kermit"


def test_ten_charges_of_a_card_that_its_first_one_saved(
    provider: StripeCards, customer: str
) -> None:
    card = provider.describe_card("pm_card_visa").payment_method
    first = charge_of(card, customer, on_session=True)
    assert isinstance(provider.charge(first), Charged)
    for _ in range(9):
        assert isinstance(provider.charge(charge_of(card, customer)), Charged)


def test_on_session_the_customer_may_be_asked_to_authenticate(
    provider: StripeCards, customer: str
) -> None:
    card = provider.describe_card("pm_card_authenticationRequired").payment_method
    declined = provider.charge(charge_of(card, customer, on_session=True))
    assert isinstance(declined, Declined)
    assert declined.code == "authentication_required"
    assert declined.open_id
    assert provider.client_secret(declined.open_id)
    assert provider.look_up(declined.open_id) == declined


def test_a_card_that_was_used_without_a_customer_can_not_be_used_again(
    provider: StripeCards, customer: str
) -> None:
    card = provider.describe_card("pm_card_visa").payment_method
    assert isinstance(provider.charge(charge_of(card, None)), Charged)
    assert provider.charge(charge_of(card, None)) == UNUSABLE
    assert provider.charge(charge_of(card, customer, on_session=True)) == UNUSABLE


def test_a_card_of_another_customer_can_not_be_used(provider: StripeCards, customer: str) -> None:
    card = provider.describe_card("pm_card_visa").payment_method
    assert isinstance(provider.charge(charge_of(card, customer, on_session=True)), Charged)
    other = provider.create_customer(str(uuid4()))
    assert provider.charge(charge_of(card, other, on_session=True)) == UNUSABLE
    assert provider.charge(charge_of(card, other)) == UNUSABLE
    assert provider.charge(charge_of(card, None)) == UNUSABLE
    assert isinstance(provider.charge(charge_of(card, customer)), Charged)


def test_a_detached_card_can_not_be_used(
    cards: Simulator, provider: StripeCards, customer: str
) -> None:
    card = provider.describe_card("pm_card_visa").payment_method
    assert isinstance(provider.charge(charge_of(card, customer, on_session=True)), Charged)
    api = sdk.StripeClient(SECRET_KEY, base_addresses={"api": cards.url}).v1
    api.payment_methods.detach(card)
    assert provider.charge(charge_of(card, customer)) == UNUSABLE
    assert provider.charge(charge_of(card, customer, on_session=True)) == UNUSABLE


def test_a_request_that_is_wrong_by_our_fault_costs_no_card(
    provider: StripeCards, customer: str
) -> None:
    """A new card, then the same one, saved."""
    card = provider.describe_card("pm_card_visa").payment_method
    wrong = replace(charge_of(card, customer, on_session=True), currency="XXX")
    with pytest.raises(ProviderRejectedError, match="parameter currency"):
        provider.charge(wrong)
    right = replace(wrong, currency="EUR")
    assert isinstance(provider.charge(right), Charged)
    with pytest.raises(ProviderRejectedError, match="parameter currency"):
        provider.charge(replace(charge_of(card, customer), currency="XXX"))


def card(owner: str | None) -> tuple[int, dict[str, Any]]:
    return 200, {"id": "pm_secret", "object": "payment_method", "customer": owner}


def refusal(**fields: str) -> tuple[int, dict[str, Any]]:
    return 400, {"error": {**REFUSAL, **fields}}


CARD_DECLINED = (402, {"error": {"type": "card_error", "code": "card_declined"}})


@pytest.mark.parametrize(
    ("charge", "refused", "answers"),
    [
        pytest.param(SAVED, refusal(), [card("cus_2")], id="somebody else's"),
        pytest.param(SAVED, refusal(param="x"), [card("cus_2")], id="whatever the error says"),
        pytest.param(OLD, refusal(code="parameter_missing"), [card("cus_2")], id="owned, old"),
        pytest.param(SAVED, refusal(), [refusal(code="resource_missing")], id="unknown"),
        pytest.param(SAVED, refusal(), [card(None)], id="detached"),
        pytest.param(NEW, refusal(), [card(None), refusal()], id="used up"),
        pytest.param(OLD, refusal(), [card(None)], id="used up, old"),
    ],
)
def test_whose_fault_a_refusal_is_the_cards(
    stripe: Script,
    scripted: StripeCards,
    charge: ChargeRequest,
    refused: tuple[int, Any],
    answers: list[tuple[int, Any]],
) -> None:
    for answer in (refused, *answers):
        stripe.answer(*answer)
    assert scripted.charge(charge) == UNUSABLE
    assert not stripe.answers


@pytest.mark.parametrize(
    ("charge", "refused", "answers"),
    [
        pytest.param(SAVED, refusal(), [card("cus_1")], id="saved"),
        pytest.param(NEW, refusal(), [card("cus_1")], id="saved meanwhile"),
        pytest.param(NEW, refusal(), [card(None), card("cus_1")], id="new"),
        pytest.param(NEW, refusal(), [card(None), CARD_DECLINED], id="new, declines"),
        pytest.param(
            NEW, refusal(), [card(None), refusal(code="parameter_unknown")], id="new, can't tell"
        ),
        pytest.param(OLD, refusal(param="x"), [card(None)], id="old, a parameter"),
        pytest.param(OLD, refusal(code="parameter_unknown"), [card(None)], id="old, a code"),
    ],
)
def test_whose_fault_a_refusal_is_ours(
    stripe: Script,
    scripted: StripeCards,
    charge: ChargeRequest,
    refused: tuple[int, Any],
    answers: list[tuple[int, Any]],
) -> None:
    for answer in (refused, *answers):
        stripe.answer(*answer)
    with pytest.raises(ProviderRejectedError, match="charge payment p") as rejected:
        scripted.charge(charge)
    assert "secret" not in str(rejected.value)
    assert not stripe.answers


@pytest.mark.parametrize("before", [[], [card(None)]], ids=["look up", "attach"])
def test_while_the_card_can_not_be_asked_about_the_refusal_is_a_fault(
    stripe: Script, scripted: StripeCards, before: list[tuple[int, Any]]
) -> None:
    for answer in (refusal(), *before, (503, {"error": {"type": "api_error"}})):
        stripe.answer(*answer)
    with pytest.raises(ProviderUnavailableError, match="503"):
        scripted.charge(NEW)


@pytest.mark.parametrize(
    ("charge", "has", "has_not"),
    [
        (OLD, {"off_session=true"}, {"customer=cus_1", "setup_future_usage=off_session"}),
        (SAVED, {"off_session=true", "customer=cus_1"}, {"setup_future_usage=off_session"}),
        (NEW, {"customer=cus_1", "setup_future_usage=off_session"}, {"off_session=true"}),
    ],
    ids=["old", "off session", "on session"],
)
def test_what_a_request_says_of_the_customer(
    stripe: Script, scripted: StripeCards, charge: ChargeRequest, has: set[str], has_not: set[str]
) -> None:
    intent = {"id": "pi_1", "object": "payment_intent", "status": "succeeded"}
    stripe.answer(200, intent | {"amount_received": charge.amount, "currency": "eur"})
    scripted.charge(charge)
    said = set(stripe.requests[0].body.split("&"))
    assert has <= said
    assert not has_not & said


def test_a_deleted_customer_is_noticed(cards: Simulator, provider: StripeCards) -> None:
    """By a charge of a saved card, and by one of a new card."""
    id = str(uuid4())
    customer = provider.create_customer(id)
    saved, new = (provider.describe_card("pm_card_visa").payment_method for _ in range(2))
    assert isinstance(provider.charge(charge_of(saved, customer, on_session=True)), Charged)
    api = sdk.StripeClient(SECRET_KEY, base_addresses={"api": cards.url}).v1
    api.customers.delete(customer)
    for charge in (charge_of(saved, customer), charge_of(new, customer, on_session=True)):
        with pytest.raises(CustomerDeletedError, match=customer):
            provider.charge(charge)

    other = provider.create_customer(id, customer)
    assert other == provider.create_customer(id, customer) != customer
    assert provider.charge(charge_of(saved, other, on_session=True)) == UNUSABLE
    assert isinstance(provider.charge(charge_of(new, other, on_session=True)), Charged)


NO_CUSTOMER = refusal(code="resource_missing", param="customer")
DELETED = (200, {"id": "cus_1", "object": "customer", "deleted": True})


def test_a_customer_that_another_account_has_is_not_deleted(
    stripe: Script, scripted: StripeCards
) -> None:
    """The API key is that of another account: nobody may lose their saved cards by that."""
    for answer in (NO_CUSTOMER, NO_CUSTOMER, card(None)):
        stripe.answer(*answer)
    stripe.answer(*card("cus_1"))
    with pytest.raises(ProviderRejectedError, match="charge payment p") as rejected:
        scripted.charge(NEW)
    assert not isinstance(rejected.value, CustomerDeletedError)


def test_a_deleted_customer_is_noticed_though_the_card_is_refused_first(
    stripe: Script, scripted: StripeCards
) -> None:
    for answer in (refusal(), card(None), NO_CUSTOMER, DELETED):
        stripe.answer(*answer)
    with pytest.raises(CustomerDeletedError):
        scripted.charge(NEW)


def test_while_the_customer_can_not_be_looked_up_the_refusal_is_a_fault(
    stripe: Script, scripted: StripeCards
) -> None:
    for answer in (NO_CUSTOMER, (503, {"error": {"type": "api_error"}})):
        stripe.answer(*answer)
    with pytest.raises(ProviderUnavailableError, match="503"):
        scripted.charge(SAVED)
