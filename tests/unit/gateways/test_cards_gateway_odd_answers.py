"""Answers of Stripe that the simulator never gives, from a server that gives any."""

import logging
from collections.abc import Callable, Generator
from typing import Any

import pytest

from gateways.cards import (
    CardUnknownError,
    Charged,
    ChargeRequest,
    Declined,
    Pending,
    ProviderRejectedError,
    ProviderUnavailableError,
    RefundRequest,
    RefundStatus,
)
from gateways.stripe_cards import StripeCards
from tests.support.scripted_http import Script, scripted_http

CHARGE = ChargeRequest("payment:p:charge:1", "p", 1, 2500, "EUR", "pm_secret")
REFUND = RefundRequest("payment:p:refund", "pi_1", 2500, "p")


@pytest.fixture
def stripe() -> Generator[Script]:
    with scripted_http() as script:
        yield script


@pytest.fixture
def provider(stripe: Script) -> StripeCards:
    return StripeCards("sk_test_secret", stripe.url, timeout_seconds=60)


def intent(status: str, **fields: Any) -> dict[str, Any]:
    metadata = {"payment": "p", "attempt": "1"}
    blank = {"last_payment_error": None, "metadata": metadata}
    blank |= {"amount_received": 2500, "currency": "eur"}
    return {"id": "pi_1", "object": "payment_intent", "status": status, **blank, **fields}


def card(**fields: Any) -> dict[str, Any]:
    return {"id": "pm_secret", "object": "payment_method", "customer": None, **fields}


def search_result(*intents: dict[str, Any]) -> dict[str, Any]:
    return {"object": "search_result", "url": "/", "has_more": False, "data": list(intents)}


def listed(*objects: dict[str, Any]) -> dict[str, Any]:
    return {"object": "list", "url": "/", "has_more": False, "data": list(objects)}


def refund(status: str, **metadata: str) -> dict[str, Any]:
    return {
        "id": "re_1",
        "object": "refund",
        "status": status,
        "amount": 2500,
        "currency": "eur",
        "payment_intent": "pi_1",
        "metadata": {"payment": "p", **metadata},
    }


def test_what_is_processing_is_looked_up_again(stripe: Script, provider: StripeCards) -> None:
    stripe.answer(200, intent("processing"))
    stripe.answer(200, intent("succeeded"))
    assert provider.charge(CHARGE) == Charged("pi_1")
    assert stripe.requests[1].path == "/v1/payment_intents/pi_1"


def test_what_was_taken_is_told_as_the_provider_says(stripe: Script, provider: StripeCards) -> None:
    taken = {"amount": 2500, "amount_received": 2499, "currency": "usd"}
    canceled = {"type": "invalid_request_error", "code": "payment_intent_unexpected_state"}
    stripe.answer(200, intent("succeeded", **taken))
    stripe.answer(200, search_result(intent("succeeded", **taken)))
    stripe.answer(200, intent("succeeded", **taken))
    stripe.answer(400, {"error": canceled})
    stripe.answer(200, intent("succeeded", **taken))
    for outcome in (
        provider.charge(CHARGE),
        provider.find_charge("p", 1),
        provider.look_up("pi_1"),
        provider.close("pi_1"),
    ):
        assert isinstance(outcome, Charged)
        assert (outcome.amount, outcome.currency) == (2499, "USD")


def test_what_stays_processing_is_pending(stripe: Script, provider: StripeCards) -> None:
    stripe.answer(200, intent("processing"))
    stripe.answer(200, intent("processing"))
    assert provider.charge(CHARGE) == Pending("pi_1")


def test_what_requires_action_is_declined_and_open(stripe: Script, provider: StripeCards) -> None:
    stripe.answer(200, intent("requires_action"))
    declined = provider.charge(CHARGE)
    assert isinstance(declined, Declined)
    assert (declined.code, declined.open_id) == ("authentication_required", "pi_1")


def test_what_was_canceled_before_the_bank_said_anything_is_declined(
    stripe: Script, provider: StripeCards
) -> None:
    stripe.answer(200, intent("canceled"))
    assert provider.look_up("pi_1") == Declined("card_declined", "The charge was canceled.")


def test_what_can_not_be_canceled_yet_is_a_fault(stripe: Script, provider: StripeCards) -> None:
    error = {"type": "invalid_request_error", "code": "payment_intent_unexpected_state"}
    stripe.answer(400, {"error": error})
    stripe.answer(200, intent("processing"))
    with pytest.raises(ProviderUnavailableError, match="pi_1 can't be canceled"):
        provider.close("pi_1")


def test_what_failed_after_it_was_accepted_is_declined(
    stripe: Script, provider: StripeCards
) -> None:
    error = {
        "type": "card_error",
        "code": "card_declined",
        "decline_code": "lost_card",
        "advice_code": "do_not_try_again",
        "message": "Your card was declined.",
    }
    stripe.answer(200, intent("requires_payment_method", last_payment_error=error))
    declined = provider.charge(CHARGE)
    assert declined == Declined(
        "card_declined", "Your card was declined.", None, "lost_card", "do_not_try_again"
    )
    stripe.answer(402, {"error": {**error, "payment_intent": intent("requires_payment_method")}})
    assert provider.charge(CHARGE) == declined


@pytest.mark.parametrize(
    "codes",
    [
        {"code": "authentication_required"},
        {"code": "authentication_required", "decline_code": "authentication_required"},
        {"code": "card_declined", "decline_code": "authentication_required"},
    ],
)
def test_a_decline_that_the_customer_can_authenticate_is_open(
    stripe: Script, provider: StripeCards, codes: dict[str, str]
) -> None:
    error = {"type": "card_error", "message": "Authenticate.", **codes}
    stripe.answer(402, {"error": {**error, "payment_intent": intent("requires_payment_method")}})
    declined = provider.charge(CHARGE)
    assert isinstance(declined, Declined)
    assert (declined.code, declined.open_id) == (codes["code"], "pi_1")


@pytest.mark.parametrize("status", ["requires_capture", "requires_confirmation", "new", "canceled"])
def test_what_has_no_outcome_is_a_fault(stripe: Script, provider: StripeCards, status: str) -> None:
    """A refusal would give the attempt another key, and so a second PaymentIntent."""
    stripe.answer(200, intent(status))
    with pytest.raises(ProviderUnavailableError, match=status):
        provider.charge(CHARGE)
    stripe.answer(200, search_result(intent(status), intent("succeeded", id="pi_2")))
    assert provider.find_charge("p", 1) == Charged("pi_2")


def test_what_other_apps_add_to_the_metadata_does_not_hide_a_charge(
    stripe: Script, provider: StripeCards
) -> None:
    metadata = {"payment": "p", "attempt": "1", "accounting": "x"}
    stripe.answer(200, search_result(intent("succeeded", metadata=metadata)))
    assert provider.find_charge("p", 1) == Charged("pi_1")


def test_what_search_finds_too_much_is_left_out(stripe: Script, provider: StripeCards) -> None:
    upper = intent("succeeded", metadata={"payment": "P", "attempt": "1"})
    later = intent("succeeded", metadata={"payment": "p", "attempt": "11"})
    stripe.answer(200, search_result(upper, later, intent("succeeded", id="pi_2")))
    assert provider.find_charge("p", 1) == Charged("pi_2")


@pytest.mark.parametrize("code", ["lock_timeout", "rate_limit"])
@pytest.mark.parametrize("status", [400, 402, 409, 429])
def test_too_many_requests_and_objects_in_use_are_faults(
    stripe: Script, provider: StripeCards, code: str, status: int
) -> None:
    """Whatever class the SDK has for them: the same key may be sent again."""
    requests: list[Callable[[], object]] = [
        lambda: provider.charge(CHARGE),
        lambda: provider.create_customer("c"),
        lambda: provider.close("pi_1"),
        lambda: provider.refunds("pi_1"),
        lambda: provider.look_up("pi_1"),
        lambda: provider.refund(REFUND),
    ]
    for request in requests:
        kind = "card_error" if status == 402 else "invalid_request_error"
        stripe.answer(status, {"error": {"type": kind, "code": code}})
        with pytest.raises(ProviderUnavailableError) as fault:
            request()
        assert not fault.value.key_exhausted
    assert len(stripe.requests) == len(requests)


@pytest.mark.parametrize("status", [401, 403, 409, 429, 500, 502, 503])
def test_faults(stripe: Script, provider: StripeCards, status: int) -> None:
    stripe.answer(status, {"error": {"type": "api_error", "message": "pm_secret sk_test_secret"}})
    with pytest.raises(ProviderUnavailableError, match=str(status)) as fault:
        provider.charge(CHARGE)
    assert "secret" not in str(fault.value)


def test_an_answer_that_is_no_json_is_a_fault(stripe: Script, provider: StripeCards) -> None:
    stripe.answer(502, "<html>Bad gateway for pm_secret</html>")
    with pytest.raises(ProviderUnavailableError) as fault:
        provider.charge(CHARGE)
    assert "secret" not in str(fault.value)


@pytest.mark.parametrize("status", [400, 404])
def test_nonsense(stripe: Script, provider: StripeCards, status: int) -> None:
    error = {"type": "invalid_request_error", "message": "pm_secret sk_test_secret", "param": "x"}
    stripe.answer(status, {"error": error}, Request_Id="req_1")
    stripe.answer(200, card())
    with pytest.raises(ProviderRejectedError, match="req_1") as rejected:
        provider.charge(CHARGE)
    assert "secret" not in str(rejected.value)


@pytest.mark.parametrize(
    "look",
    [lambda cards: cards.find_charge("p", 1), lambda cards: cards.look_up("pi_1")],
    ids=["find", "look up"],
)
def test_a_look_up_that_is_refused_is_a_fault(
    stripe: Script, provider: StripeCards, look: Callable[[StripeCards], object]
) -> None:
    """It says nothing of the money, which may have been taken."""
    stripe.answer(400, {"error": {"type": "invalid_request_error", "message": "pm_secret"}})
    with pytest.raises(ProviderUnavailableError, match="HTTP 400") as fault:
        look(provider)
    assert "secret" not in str(fault.value)


def test_an_amount_below_the_minimum_is_a_decline(stripe: Script, provider: StripeCards) -> None:
    error = {"type": "invalid_request_error", "code": "amount_too_small", "param": "amount"}
    stripe.answer(400, {"error": error})
    declined = provider.charge(CHARGE)
    assert isinstance(declined, Declined)
    assert declined.code == "amount_too_small"


def test_a_payment_method_that_is_no_card(stripe: Script, provider: StripeCards) -> None:
    stripe.answer(200, {"id": "pm_1", "object": "payment_method", "type": "sepa_debit"})
    with pytest.raises(CardUnknownError):
        provider.describe_card("pm_1")


@pytest.mark.parametrize(
    ("status", "is_"),
    [
        ("pending", RefundStatus.PENDING),
        ("requires_action", RefundStatus.PENDING),
        ("of a later version", RefundStatus.PENDING),
        ("succeeded", RefundStatus.SUCCEEDED),
        ("failed", RefundStatus.FAILED),
        ("canceled", RefundStatus.FAILED),
    ],
)
def test_how_far_a_refund_is(
    stripe: Script, provider: StripeCards, status: str, is_: RefundStatus
) -> None:
    stripe.answer(200, intent("succeeded"))
    stripe.answer(200, refund(status))
    assert provider.refund(REFUND).status is is_
    stripe.answer(200, refund(status))
    assert provider.look_up_refund("re_1").status is is_
    stripe.answer(200, listed(refund(status)))
    assert [one.status for one in provider.refunds("pi_1")] == [is_]


def test_nothing_is_retried_logged_or_measured_behind_our_back(
    stripe: Script, provider: StripeCards, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    for _ in range(2):
        stripe.answer(200, intent("succeeded"), Request_Id="req_1")
        provider.charge(CHARGE)
    stripe.answer(500, {"error": {"type": "api_error"}})
    with pytest.raises(ProviderUnavailableError):
        provider.charge(CHARGE)
    assert len(stripe.requests) == 3
    for request in stripe.requests:
        assert request.headers["idempotency-key"] == CHARGE.key
        assert "x-stripe-client-telemetry" not in request.headers
        assert "platform" not in request.headers["x-stripe-client-user-agent"]
    assert "secret" not in caplog.text


def test_the_sdks_own_log_switch_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STRIPE_LOG", "debug")
    with pytest.raises(ValueError, match="STRIPE_LOG"):
        StripeCards("sk_test_secret", "http://127.0.0.1")
