"""Decline codes: which are hard, which may be tried again, and what customers read."""

import pytest

from domain import declines
from domain.declines import HARD_CODES, NO_CARD, REASONS, RETRY_LIMIT, Retry
from domain.payment import PaymentFailure
from tests.support.examples import NOON
from verification.audit.rules.cards import HARD_DECLINES

STRIPES = """
    approve_with_id authentication_not_handled authentication_required call_issuer
    card_not_supported card_velocity_exceeded currency_not_supported do_not_honor do_not_try_again
    duplicate_transaction expired_card fraudulent generic_decline incorrect_address incorrect_cvc
    incorrect_number incorrect_pin incorrect_zip insufficient_funds invalid_account invalid_amount
    invalid_cvc invalid_expiry_month invalid_expiry_year invalid_number invalid_pin
    issuer_not_available lost_card merchant_blacklist mobile_device_authentication_required
    new_account_information_available no_action_taken not_permitted offline_pin_required
    online_or_offline_pin_required pickup_card pin_try_exceeded processing_error reenter_transaction
    restricted_card revocation_of_all_authorizations revocation_of_authorization security_violation
    service_not_allowed stolen_card stop_payment_order testmode_decline transaction_not_allowed
    try_again_later withdrawal_count_limit_exceeded
"""
"""All that https://docs.stripe.com/declines/codes lists for cards."""

OTHERS = {"payment_intent_authentication_failure", NO_CARD, RETRY_LIMIT}


def test_every_code_that_stripe_documents_has_its_reason() -> None:
    assert REASONS.keys() == set(STRIPES.split()) | OTHERS


@pytest.mark.parametrize("code", sorted(REASONS))
def test_a_reason_is_a_sentence_without_codes(code: str) -> None:
    sentence = declines.sentence("card_declined", code)
    assert sentence.endswith(".")
    assert "_" not in sentence
    assert sentence[0].isupper()


@pytest.mark.parametrize("code", ["lost_card", "stolen_card", "fraudulent", "merchant_blacklist"])
def test_a_confidential_reason_looks_like_a_generic_decline(code: str) -> None:
    failure = PaymentFailure(
        code="card_declined",
        decline_code=code,
        advice_code="do_not_try_again",
        message=declines.sentence("card_declined", code),
    )
    assert failure.public() == PaymentFailure(
        code="card_declined",
        decline_code="generic_decline",
        message=declines.sentence("card_declined", "generic_decline"),
    )


def test_no_other_reason_is_confidential() -> None:
    hidden = {code for code in REASONS if declines.public_code(code) != code}
    assert hidden == {"lost_card", "stolen_card", "fraudulent", "merchant_blacklist"}
    failure = PaymentFailure(code="card_declined", decline_code="do_not_honor", message="")
    assert failure.public() is failure


def test_the_audit_has_a_list_of_its_own_of_hard_declines() -> None:
    assert HARD_CODES == HARD_DECLINES


@pytest.mark.parametrize(
    ("code", "decline_code", "advice_code", "retry"),
    [
        ("card_declined", "stolen_card", None, Retry.NEVER),
        ("card_declined", "stolen_card", "try_again_later", Retry.NEVER),
        ("card_declined", "generic_decline", "do_not_try_again", Retry.NEVER),
        ("card_declined", "insufficient_funds", "do_not_try_again", Retry.NEVER),
        ("incorrect_number", None, None, Retry.NEVER),
        ("incorrect_number", None, "try_again_later", Retry.NEVER),
        ("card_declined", "insufficient_funds", None, Retry.LATER),
        ("card_declined", "generic_decline", "try_again_later", Retry.LATER),
        ("processing_error", None, None, Retry.LATER),
        ("processing_error", "of next year", None, Retry.LATER),
        ("card_declined", "insufficient_funds", "confirm_card_data", Retry.BY_CUSTOMER),
        ("card_declined", "generic_decline", None, Retry.BY_CUSTOMER),
        ("card_declined", "of next year", None, Retry.BY_CUSTOMER),
        ("card_declined", None, None, Retry.BY_CUSTOMER),
        ("expired_card", "expired_card", None, Retry.BY_CUSTOMER),
        ("authentication_required", "authentication_required", None, Retry.BY_CUSTOMER),
        # Another charge beside one that can be authenticated could take the money twice.
        ("authentication_required", None, "try_again_later", Retry.BY_CUSTOMER),
        ("card_declined", "authentication_required", "try_again_later", Retry.BY_CUSTOMER),
        ("card_declined", RETRY_LIMIT, None, Retry.LATER),
        (NO_CARD, None, None, Retry.BY_CUSTOMER),
    ],
)
def test_whether_a_card_may_be_tried_again(
    code: str, decline_code: str | None, advice_code: str | None, retry: Retry
) -> None:
    failure = (code, decline_code, advice_code)
    assert declines.is_hard(*failure) is (retry is Retry.NEVER)
    assert declines.may_be_tried_again(*failure) is (retry is Retry.LATER)


@pytest.mark.parametrize(
    ("code", "decline_code", "sentence"),
    [
        ("card_declined", "insufficient_funds", "Your card has insufficient funds."),
        ("expired_card", None, "Your card has expired."),
        ("expired_card", "of next year", "Your card has expired."),
        ("card_declined", "of next year", "What the provider says."),
        ("card_declined", None, "What the provider says."),
    ],
)
def test_an_unknown_code_is_told_in_the_providers_words(
    code: str, decline_code: str | None, sentence: str
) -> None:
    assert declines.sentence(code, decline_code, "What the provider says.") == sentence


def test_without_any_words_the_card_was_declined() -> None:
    assert declines.sentence("card_declined", None) == "Your card was declined."


def test_a_failure_is_an_event_with_all_that_is_known_of_it() -> None:
    failure = PaymentFailure(
        code="card_declined",
        decline_code="lost_card",
        advice_code="do_not_try_again",
        message="No.",
    )
    assert failure.failed(NOON).data() == failure.model_dump()
