"""3-D Secure at the card provider, on and off session; see `docs/stripe.md`."""

import pytest

from tests.support.stripe_account import Account, decline, facts, refusal

ALWAYS = "pm_card_authenticationRequired"


def test_on_session_the_payment_waits_for_the_customer(account: Account) -> None:
    intent = account.charge(ALWAYS)
    assert (intent.status, intent.latest_charge) == ("requires_action", None)
    assert intent.next_action
    assert intent.next_action.type == "use_stripe_sdk"
    assert intent.client_secret
    assert intent.last_payment_error is None

    account.switch(f"_customers/{intent.id}", authenticates=True)

    paid = account.intent(intent.id)
    assert (paid.status, paid.amount_received, paid.next_action) == ("succeeded", 2500, None)
    assert account.charge_of(intent.id).paid


def test_off_session_it_is_declined(account: Account) -> None:
    error = decline(refusal(lambda: account.charge(ALWAYS, off_session=True)))
    assert (error["code"], error["decline_code"]) == 2 * ("authentication_required",)
    assert "charge" not in error, "no bank was asked"
    intent = account.intent(error["payment_intent"]["id"])
    assert (intent.status, intent.payment_method) == ("requires_payment_method", None)
    assert intent.last_payment_error
    assert intent.last_payment_error.code == "authentication_required"

    account.switch(f"_customers/{intent.id}", authenticates=True)

    assert account.intent(intent.id).status == "succeeded"


def test_a_request_may_not_want_to_wait(account: Account) -> None:
    error = decline(refusal(lambda: account.charge(ALWAYS, error_on_requires_action=True)))
    assert error["code"] == "authentication_required"
    assert error["payment_intent"]["status"] == "requires_payment_method"


def test_a_failed_authentication_can_be_tried_again(account: Account) -> None:
    intent = account.charge(ALWAYS)
    account.switch(f"_customers/{intent.id}", authenticates=False)
    failed = account.intent(intent.id)
    assert failed.status == "requires_payment_method"
    assert failed.last_payment_error
    assert failed.last_payment_error.code == "payment_intent_authentication_failure"
    assert failed.last_payment_error.type == "invalid_request_error"
    account.switch(f"_customers/{intent.id}", authenticates=True)
    assert account.intent(intent.id).status == "succeeded"


@pytest.mark.parametrize(
    ("token", "on_session", "off_session"),
    [
        ("pm_card_authenticationRequired", "requires_action", "authentication_required"),
        ("pm_card_threeDSecure2Required", "requires_action", "authentication_required"),
        ("pm_card_authenticationRequiredOnSetup", "requires_action", "succeeded"),
        ("pm_card_authenticationRequiredSetupForOffSession", "requires_action", "succeeded"),
        ("pm_card_visa", "succeeded", "succeeded"),
    ],
)
def test_what_a_saved_card_requires(
    account: Account, token: str, on_session: str, off_session: str
) -> None:
    customer = account.customer()
    card = account.saved_card(customer, token)
    assert account.charge(card, customer=customer).status == on_session
    if off_session == "succeeded":
        assert account.charge_off_session(customer, card).status == off_session
    else:
        error = decline(refusal(lambda: account.charge_off_session(customer, card)))
        assert error["code"] == off_session


def test_a_card_that_was_only_attached_is_not_set_up(account: Account) -> None:
    customer, card = account.customer(), account.card("pm_card_authenticationRequiredOnSetup")
    account.api.payment_methods.attach(card, {"customer": customer})
    error = decline(refusal(lambda: account.charge_off_session(customer, card)))
    assert error["code"] == "authentication_required"


@pytest.mark.parametrize(
    ("token", "decline_code"),
    [
        ("pm_card_threeDSecureRequiredChargeDeclined", "generic_decline"),
        (
            "pm_card_authenticationRequiredChargeDeclinedInsufficientFunds",
            "insufficient_funds",
        ),
    ],
)
def test_the_bank_may_decline_after_authentication(
    account: Account, token: str, decline_code: str
) -> None:
    intent = account.charge(token)
    assert intent.status == "requires_action"
    account.switch(f"_customers/{intent.id}", authenticates=True)
    failed = account.intent(intent.id)
    assert failed.status == "requires_payment_method"
    assert failed.last_payment_error
    assert failed.last_payment_error.decline_code == decline_code
    assert account.charge_of(intent.id).status == "failed"


@pytest.mark.parametrize("off_session", [True, False])
def test_what_waits_for_the_customer_can_be_canceled(
    account: Account, *, off_session: bool
) -> None:
    if off_session:
        error = decline(refusal(lambda: account.charge(ALWAYS, off_session=True)))
        id = error["payment_intent"]["id"]
    else:
        id = account.charge(ALWAYS).id
    canceled = account.api.payment_intents.cancel(id, {"cancellation_reason": "abandoned"})
    assert (canceled.status, canceled.cancellation_reason) == ("canceled", "abandoned")


def test_what_succeeded_cannot_be_canceled(account: Account) -> None:
    id = account.charge().id
    refused = refusal(lambda: account.api.payment_intents.cancel(id))
    assert facts(refused) == (400, "payment_intent_unexpected_state", None)
    body: dict[str, dict[str, dict[str, str]]] = refused.json_body  # pyright: ignore[reportAssignmentType]
    assert body["error"]["payment_intent"]["id"] == id
