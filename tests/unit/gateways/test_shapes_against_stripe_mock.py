"""Every request of the adapter, and every object of the simulator, has the shape Stripe documents.

stripe-mock answers 400 to a request that Stripe's OpenAPI document does not allow, and examples to
the others.
"""

from collections.abc import Generator
from contextlib import suppress
from dataclasses import replace
from typing import Any

import httpx
import pytest
import stripe

from gateways.cards import (
    ChargeRequest,
    ProviderUnavailableError,
    RefundRequest,
)
from gateways.stripe_cards import StripeCards
from gateways.stripe_client import API_VERSION
from gateways.stripe_wallets import is_unusable
from tests.support.scripted_http import scripted_http
from tests.support.simulators import SECRET_KEY, Simulator
from tests.support.stripe_mock import StripeMock, stripe_mock

OLD = ChargeRequest("payment:p:charge:1", "p", 1, 2500, "EUR", "pm_card_visa")
OFF_SESSION = replace(OLD, customer="cus_1")
ON_SESSION = replace(OFF_SESSION, on_session=True)
REFUND = RefundRequest("payment:p:refund", "pi_1", 2500, "p", "r")
OMITTED = {
    "customer_account",
    "excluded_payment_method_types",
    "managed_payments",
    "payment_method_configuration_details",
    "customer",
    "payment_method",
    "total_count",
}
"""Fields that may be null or absent: the simulator has no customers and no configuration."""

CARD = {"payment_method": "pm_card_visa"}
FORM = {
    "amount": "2500",
    "currency": "eur",
    "payment_method": "pm_card_visa",
    "confirm": "true",
}


@pytest.fixture(scope="module")
def mock() -> Generator[StripeMock]:
    with stripe_mock() as started:
        yield started


def test_every_request_has_the_shape_that_stripe_documents(mock: StripeMock) -> None:
    """A parameter that an upgrade renames would be answered with 400."""
    provider = StripeCards("sk_test_123", mock.url)
    before = len(mock.answered())
    assert provider.describe_card("pm_card_visa").card.last4 == "4242"
    assert provider.create_customer("kermit")
    # The example that it answers is a PaymentIntent that was never charged.
    for charge in (OLD, ON_SESSION, OFF_SESSION):
        with pytest.raises(ProviderUnavailableError, match="requires_payment_method"):
            provider.charge(charge)
    assert provider.find_charge("p", 1) is None
    provider.look_up("pi_1")
    assert provider.client_secret("pi_1") is None
    # Its example of a canceled one was not canceled.
    with suppress(ProviderUnavailableError):
        provider.close("pi_1")
    assert provider.refund(REFUND).refund_id
    assert provider.look_up_refund("re_1").refund_id
    assert provider.refunds("pi_1")
    assert is_unusable(
        stripe.StripeClient("sk_test_123", base_addresses={"api": mock.url}).v1,
        ON_SESSION,
        stripe.InvalidRequestError("", None),
    ) in {True, False}
    assert mock.answered()[before:] == [
        (request, 200)
        for request in (
            "GET /v1/payment_methods/pm_card_visa",
            "POST /v1/customers",
            "POST /v1/payment_intents",
            "POST /v1/payment_intents",
            "POST /v1/payment_intents",
            "GET /v1/payment_intents/search",
            "GET /v1/payment_intents/pi_1",
            "GET /v1/payment_intents/pi_1",
            "POST /v1/payment_intents/pi_1/cancel",
            "GET /v1/payment_intents/pi_1",
            "POST /v1/refunds",
            "GET /v1/refunds/re_1",
            "GET /v1/refunds",
            "GET /v1/payment_methods/pm_card_visa",
            "POST /v1/payment_methods/pm_card_visa/attach",
        )
    ]


def test_the_version_of_the_api_is_the_one_that_the_sdk_is_made_for() -> None:
    """After an upgrade of the SDK: read Stripe's changelog, then change ours."""
    assert stripe.api_version == API_VERSION


def test_every_request_says_our_version_of_the_api() -> None:
    with scripted_http() as script:
        script.answer(200, {"id": "cus_1", "object": "customer"})
        StripeCards("sk_test_123", script.url).create_customer("kermit")
        assert script.requests[0].headers["stripe-version"] == API_VERSION


def test_another_shape_would_be_noticed(mock: StripeMock) -> None:
    answer = post(mock.url, "/v1/payment_intents", {**FORM, "payment": "p"})
    assert answer.status_code == 400
    assert mock.answered()[-1] == ("POST /v1/payment_intents", 400)


@pytest.mark.parametrize(
    ("method", "path", "form"),
    [
        ("GET", "/v1/payment_methods/pm_card_visa", {}),
        ("POST", "/v1/payment_intents", FORM),
        ("GET", "/v1/payment_intents/{intent}", {}),
        ("POST", "/v1/refunds", {"payment_intent": "{intent}", "amount": "1"}),
        ("GET", "/v1/refunds", {"payment_intent": "{intent}"}),
        ("GET", "/v1/payment_intents", {}),
        ("GET", "/v1/payment_intents/search", {"query": "status:'succeeded'"}),
    ],
)
def test_the_simulators_objects_have_stripes_fields(
    mock: StripeMock, cards: Simulator, method: str, path: str, form: dict[str, str]
) -> None:
    intent = post(cards.url, "/v1/payment_intents", FORM).json()["id"]
    post(cards.url, "/v1/refunds", {"payment_intent": intent, "amount": "1"})
    path = path.format(intent=intent)
    form = {name: value.format(intent=intent) for name, value in form.items()}
    ours = send(cards.url, method, path, form).raise_for_status().json()
    theirs = send(mock.url, method, path, form).raise_for_status().json()
    # Examples of a last page have no next_page; Stripe's reference says that it is there and null.
    assert fields(ours) - {"next_page"} <= fields(theirs)
    assert fields(theirs) - fields(ours) <= OMITTED


def test_a_canceled_payment_intent_has_stripes_fields(mock: StripeMock, cards: Simulator) -> None:
    form = FORM | {"payment_method": "pm_card_authenticationRequired"}
    intent = post(cards.url, "/v1/payment_intents", form).json()["id"]
    path = f"/v1/payment_intents/{intent}/cancel"
    form = {"cancellation_reason": "requested_by_customer"}
    ours = post(cards.url, path, form).raise_for_status().json()
    theirs = post(mock.url, path, form).raise_for_status().json()
    assert fields(ours) <= fields(theirs)
    assert fields(theirs) - fields(ours) <= OMITTED


@pytest.mark.parametrize(
    ("path", "form", "lacking"),
    [
        ("/v1/payment_intents", FORM | {"confirm": "false"}, "confirmed later"),
        ("/v1/payment_intents", FORM | {"capture_method": "manual"}, "manual capture"),
        ("/v1/payment_intents/pi_1/confirm", CARD, "confirmed later"),
        ("/v1/payment_intents/pi_1/capture", {"amount_to_capture": "1"}, "manual capture"),
        ("/v1/setup_intents", {"usage": "off_session"}, "SetupIntents"),
        ("/v1/setup_intents/seti_1/confirm", CARD, "SetupIntents"),
    ],
)
def test_the_simulator_names_what_it_lacks_of_stripes_requests(
    mock: StripeMock, cards: Simulator, path: str, form: dict[str, str], lacking: str
) -> None:
    assert post(mock.url, path, form).status_code == 200
    refused = post(cards.url, path, form)
    assert refused.status_code == 400
    assert lacking in refused.json()["error"]["message"]


def fields(answer: dict[str, Any]) -> set[str]:
    """The names of an object's fields, and of the first object of a list."""
    names = set(answer)
    with suppress(KeyError, IndexError):
        names |= set(answer["data"][0])
    return names


def post(url: str, path: str, form: dict[str, str]) -> httpx.Response:
    return send(url, "POST", path, form)


def send(url: str, method: str, path: str, form: dict[str, str]) -> httpx.Response:
    if method == "POST":
        return httpx.post(url + path, auth=(SECRET_KEY, ""), data=form, timeout=60)
    return httpx.get(url + path, auth=(SECRET_KEY, ""), params=form, timeout=60)
