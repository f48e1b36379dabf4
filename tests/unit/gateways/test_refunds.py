"""Refunds by id and by reference, and refusals for good."""

from collections.abc import Generator
from dataclasses import replace
from typing import Any
from uuid import uuid4

import httpx
import pytest

from gateways.cards import (
    Charged,
    ChargeRequest,
    ProviderRejectedError,
    ProviderUnavailableError,
    RefundRefusedError,
    RefundRequest,
    RefundStatus,
)
from gateways.stripe_cards import StripeCards
from tests.support.scripted_http import Script, scripted_http
from tests.support.simulators import SECRET_KEY, Simulator

REFUND = RefundRequest("payment:p:refund", "pi_1", 2500, "p", "_undo")
INTENT = {"id": "pi_1", "object": "payment_intent", "status": "succeeded", "currency": "eur"}
EXHAUSTED = (400, {"error": {"type": "idempotency_error"}})


@pytest.fixture
def provider(cards: Simulator) -> StripeCards:
    return StripeCards(SECRET_KEY, cards.url)


@pytest.fixture
def stripe() -> Generator[Script]:
    with scripted_http() as script:
        yield script


@pytest.fixture
def scripted(stripe: Script) -> StripeCards:
    return StripeCards("sk_test_secret", stripe.url, timeout_seconds=60)


@pytest.fixture
def part(provider: StripeCards) -> RefundRequest:
    """A refund of a fifth of a charge."""
    return part_of(provider, "pm_card_visa")


def part_of(provider: StripeCards, card: str) -> RefundRequest:
    id = str(uuid4())
    charged = provider.charge(ChargeRequest(f"{id}:charge", id, 1, 2500, "EUR", card))
    assert isinstance(charged, Charged)
    return RefundRequest(f"{id}:refund:a", charged.charge_id, 500, id, "a")


def switch(cards: Simulator, path: str, **body: Any) -> None:
    httpx.post(f"{cards.url}/{path}", json=body, timeout=60).raise_for_status()


def test_parts_are_told_apart_by_their_references(
    cards: Simulator, provider: StripeCards, part: RefundRequest
) -> None:
    other = replace(part, key=f"{part.key}:b", reference="b", amount=700)
    made = [provider.refund(part), provider.refund(other)]
    assert [(one.reference, one.amount) for one in made] == [("a", 500), ("b", 700)]
    assert provider.refunds(part.charge_id) == made[::-1]
    assert [provider.look_up_refund(one.refund_id) for one in made] == made
    # Under a key that was used for another request, exactly the same one is found.
    assert provider.refund(replace(part, amount=501)) == made[0]
    with pytest.raises(ProviderUnavailableError) as exhausted:
        provider.refund(replace(part, reference="c", amount=501))
    assert exhausted.value.key_exhausted


def test_of_a_charge_that_was_refunded_ours_is_found_and_others_are_refused(
    provider: StripeCards, part: RefundRequest
) -> None:
    all_of_it = provider.refund(replace(part, amount=2500))
    assert provider.refund(replace(part, key="after the window", amount=2500)) == all_of_it
    with pytest.raises(RefundRefusedError) as refused:
        provider.refund(replace(part, key=f"{part.key}:b", reference="b"))
    assert refused.value.reason == "charge_already_refunded"


def test_a_refund_may_be_pending_then_fail(cards: Simulator, provider: StripeCards) -> None:
    part = part_of(provider, "pm_card_pendingRefund")
    pending = provider.refund(part)
    assert pending.status is RefundStatus.PENDING
    switch(cards, f"_refunds/{pending.refund_id}", fails=True, failure_reason="lost_or_stolen_card")
    failed = provider.look_up_refund(pending.refund_id)
    assert (failed.status, failed.failure) == (RefundStatus.FAILED, "lost_or_stolen_card")
    assert provider.refunds(part.charge_id) == [failed]


def test_a_disputed_charge_is_not_refunded(
    cards: Simulator, provider: StripeCards, part: RefundRequest
) -> None:
    switch(cards, f"_disputes/{part.charge_id}", status="needs_response")
    with pytest.raises(RefundRefusedError) as refused:
        provider.refund(part)
    assert refused.value.reason == "charge_disputed"


def refund(id: str = "re_1", status: str = "succeeded", **metadata: str) -> dict[str, Any]:
    blank = {"object": "refund", "amount": 2500, "currency": "eur", "payment_intent": "pi_1"}
    return {"id": id, "status": status, "metadata": metadata, **blank}


def listed(*refunds: dict[str, Any]) -> dict[str, Any]:
    return {"object": "list", "url": "/", "has_more": False, "data": list(refunds)}


@pytest.mark.parametrize(
    ("reference", "found"),
    [("_undo", "re_old"), ("", "re_old"), ("a", "re_a"), ("b", None)],
)
def test_a_refund_of_a_release_without_references_is_the_one_of_all(
    stripe: Script, scripted: StripeCards, reference: str, found: str | None
) -> None:
    for answer in (
        (200, INTENT),
        EXHAUSTED,
        (
            200,
            listed(
                refund("re_dashboard"),
                refund("re_other", payment="q", reference=reference),
                refund("re_failed", "failed", payment="p", reference=reference),
                refund("re_a", payment="p", reference="a", app="accounting"),
                refund("re_old", payment="p"),
            ),
        ),
    ):
        stripe.answer(*answer)
    request = replace(REFUND, reference=reference)
    if found:
        assert scripted.refund(request).refund_id == found
    else:
        with pytest.raises(ProviderUnavailableError) as exhausted:
            scripted.refund(request)
        assert exhausted.value.key_exhausted


def test_an_amount_is_told_in_the_currency_of_the_charge(
    stripe: Script, scripted: StripeCards
) -> None:
    stripe.answer(200, {**INTENT, "currency": "isk"})
    stripe.answer(200, {**refund(), "amount": 250_000, "currency": "isk"})
    made = scripted.refund(REFUND)
    assert "amount=250000" in stripe.requests[1].body
    assert (made.amount, made.currency) == (2500, "ISK")


def error(status: int, **fields: str) -> tuple[int, dict[str, Any]]:
    return status, {"error": {"type": "invalid_request_error", "message": "secret", **fields}}


@pytest.mark.parametrize(
    "answer",
    [
        error(400),
        error(400, param="amount"),
        error(400, code="parameter_unknown", param="x"),
        error(400, code="balance_insufficient"),
        error(404, code="resource_missing", param="payment_intent"),
    ],
)
def test_what_may_be_put_right_is_not_refused_for_good(
    stripe: Script, scripted: StripeCards, answer: tuple[int, Any]
) -> None:
    stripe.answer(200, INTENT)
    stripe.answer(*answer)
    with pytest.raises(ProviderRejectedError) as rejected:
        scripted.refund(REFUND)
    assert not isinstance(rejected.value, RefundRefusedError)
    assert "secret" not in str(rejected.value)


def test_a_look_up_that_is_refused_does_not_refuse_the_refund(
    stripe: Script, scripted: StripeCards
) -> None:
    stripe.answer(*error(400, code="charge_disputed"))
    with pytest.raises(ProviderRejectedError) as rejected:
        scripted.refund(REFUND)
    assert not isinstance(rejected.value, RefundRefusedError)
    stripe.answer(*error(400, code="charge_disputed"))
    with pytest.raises(ProviderUnavailableError):
        scripted.look_up_refund("re_1")
