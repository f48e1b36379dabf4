"""Disputes and early fraud warnings as Stripe answers them."""

from collections.abc import Generator
from datetime import UTC, datetime
from typing import Any

import pytest

from config import Settings
from domain.disputes import Dispute, DisputeKind
from gateways.look_ups import CardProviderUnavailableError
from gateways.stripe_disputes import StripeDisputes
from tests.support.scripted_http import Script, scripted_http
from tests.support.stripe_mock import stripe_mock

DISPUTE = {
    "id": "du_1",
    "object": "dispute",
    "amount": 500,
    "currency": "eur",
    "charge": "ch_1",
    "payment_intent": "pi_1",
    "reason": "fraudulent",
    "status": "needs_response",
    "created": 1_772_366_400,
}
WARNING = {
    "id": "issfr_1",
    "object": "radar.early_fraud_warning",
    "actionable": True,
    "charge": "ch_1",
    "payment_intent": "pi_1",
    "fraud_type": "misc",
    "created": 1_772_366_400,
}
AT = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def stripe() -> Generator[Script]:
    with scripted_http() as script:
        yield script


@pytest.fixture
async def provider(stripe: Script) -> StripeDisputes:
    return StripeDisputes(Settings(stripe_api_base=stripe.url, outside_timeout_seconds=60))


async def test_a_dispute(stripe: Script, provider: StripeDisputes) -> None:
    stripe.answer(200, DISPUTE)
    assert await provider.find(DisputeKind.DISPUTE, "du_1") == Dispute(
        id="du_1",
        kind=DisputeKind.DISPUTE,
        charge_id="pi_1",
        amount=500,
        currency="EUR",
        reason="fraudulent",
        status="needs_response",
        opened_at=AT,
    )
    assert stripe.requests[0].path == "/v1/disputes/du_1"


@pytest.mark.parametrize(
    ("actionable", "status"), [(True, "actionable"), (False, "not_actionable")]
)
async def test_a_warning_names_no_amount(
    stripe: Script, provider: StripeDisputes, actionable: bool, status: str
) -> None:
    stripe.answer(200, WARNING | {"actionable": actionable})
    found = await provider.find(DisputeKind.EARLY_FRAUD_WARNING, "issfr_1")
    assert found is not None
    assert (found.charge_id, found.amount, found.currency) == ("pi_1", None, None)
    assert (found.status, found.reason, found.opened_at) == (status, "misc", AT)
    assert stripe.requests[0].path == "/v1/radar/early_fraud_warnings/issfr_1"


@pytest.mark.parametrize(
    ("kind", "answer"),
    [(DisputeKind.DISPUTE, DISPUTE), (DisputeKind.EARLY_FRAUD_WARNING, WARNING)],
)
@pytest.mark.parametrize("left_out", [False, True])
async def test_a_charge_without_a_payment_intent_is_named_itself(
    stripe: Script,
    provider: StripeDisputes,
    kind: DisputeKind,
    answer: dict[str, Any],
    left_out: bool,
) -> None:
    answer = answer | {"payment_intent": None}
    if left_out:
        del answer["payment_intent"]
    stripe.answer(200, answer)
    found = await provider.find(kind, "du_1")
    assert found is not None
    assert found.charge_id == "ch_1"


async def test_one_that_is_unknown_is_none(stripe: Script, provider: StripeDisputes) -> None:
    error = {"type": "invalid_request_error", "code": "resource_missing"}
    stripe.answer(404, {"error": error})
    assert await provider.find(DisputeKind.DISPUTE, "du_1") is None


@pytest.mark.parametrize("status", [400, 401, 403, 429, 500])
async def test_what_says_nothing_of_it_is_a_fault(
    stripe: Script, provider: StripeDisputes, status: int
) -> None:
    stripe.answer(status, {"error": {"type": "invalid_request_error", "message": "secret"}})
    with pytest.raises(CardProviderUnavailableError, match="look up dispute du_1") as raised:
        await provider.find(DisputeKind.DISPUTE, "du_1")
    assert "secret" not in str(raised.value)


async def test_every_request_has_the_shape_that_stripe_documents() -> None:
    with stripe_mock() as mock:
        provider = StripeDisputes(Settings(stripe_api_base=mock.url))
        assert await provider.find(DisputeKind.DISPUTE, "du_1")
        assert await provider.find(DisputeKind.EARLY_FRAUD_WARNING, "issfr_1")
        assert [status for _, status in mock.answered()] == [200, 200]
