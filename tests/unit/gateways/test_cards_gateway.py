"""Stripe's own SDK against the card provider simulator, which is a process of its own."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from domain.customer import Card
from gateways.cards import (
    CardProvider,
    CardUnknownError,
    Charged,
    ChargeRequest,
    Declined,
    Outcome,
    ProviderRejectedError,
    ProviderUnavailableError,
    RefundRequest,
    RefundStatus,
)
from gateways.stripe_cards import StripeCards
from tests.support import simulators
from tests.support.processes import eventually, free_port
from tests.support.simulators import SECRET_KEY, Simulator


@pytest.fixture
def provider(cards: Simulator) -> StripeCards:
    return StripeCards(SECRET_KEY, cards.url, timeout_seconds=60)


@pytest.fixture
def impatient(cards: Simulator) -> CardProvider:
    return StripeCards(SECRET_KEY, cards.url, timeout_seconds=0.2)


@pytest.fixture
def request_() -> ChargeRequest:
    """A charge that no test made before."""
    payment = str(uuid4())
    return ChargeRequest(
        key=f"payment:{payment}:charge:1",
        payment_id=payment,
        attempt=1,
        amount=2500,
        currency="EUR",
        payment_method="pm_card_visa",
    )


def on_record(cards: Simulator, payment_id: str) -> list[dict[str, Any]]:
    """The simulator's own account of a payment's charges."""
    answer = httpx.get(
        f"{cards.url}/v1/payment_intents/search",
        params={"query": f"metadata['payment']:'{payment_id}'"},
        auth=(SECRET_KEY, ""),
        timeout=60,
    )
    return answer.raise_for_status().json()["data"]


def refund_of(charged: Outcome, charge: ChargeRequest) -> RefundRequest:
    assert isinstance(charged, Charged)
    key = f"payment:{charge.payment_id}:refund"
    return RefundRequest(key, charged.charge_id, charge.amount, charge.payment_id)


def test_a_card_is_described(provider: CardProvider) -> None:
    visa = Card(brand="visa", last4="4242", exp_month=12, exp_year=2030)
    assert provider.describe_card("pm_card_visa").card == visa
    assert provider.describe_card("pm_card_mastercard").card.last4 == "4444"


@pytest.mark.parametrize("token", ["pm_nobody", "", " ", "../payment_intents", "4242424242424242"])
def test_an_unknown_card_is_not_quoted(provider: CardProvider, token: str) -> None:
    with pytest.raises(CardUnknownError) as unknown:
        provider.describe_card(token)
    assert not token.strip() or token not in str(unknown.value)
    assert unknown.value.__cause__ is None


def test_a_charge_is_taken_once_per_key(
    cards: Simulator, provider: CardProvider, request_: ChargeRequest
) -> None:
    charged = provider.charge(request_)
    assert isinstance(charged, Charged)
    assert provider.charge(request_) == charged
    [intent] = on_record(cards, request_.payment_id)
    assert (intent["id"], intent["amount"], intent["currency"]) == (charged.charge_id, 2500, "eur")


@pytest.mark.parametrize(
    ("token", "declined"),
    [
        (
            "pm_card_chargeDeclined",
            Declined("card_declined", "Your card was declined.", decline_code="generic_decline"),
        ),
        (
            "pm_card_chargeDeclinedInsufficientFunds",
            Declined(
                "card_declined",
                "Your card has insufficient funds.",
                decline_code="insufficient_funds",
                advice_code="try_again_later",
            ),
        ),
        (
            "pm_card_chargeDeclinedExpiredCard",
            Declined("expired_card", "Your card has expired.", advice_code="confirm_card_data"),
        ),
    ],
)
def test_a_decline_is_an_answer_again_and_again(
    cards: Simulator,
    provider: CardProvider,
    request_: ChargeRequest,
    token: str,
    declined: Declined,
) -> None:
    charge = replace(request_, payment_method=token)
    assert provider.charge(charge) == declined
    assert provider.charge(charge) == declined
    assert provider.find_charge(charge.payment_id, 1) == declined
    assert len(on_record(cards, charge.payment_id)) == 1


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"amount": 100_000_000}, "amount_too_large"),
        ({"payment_method": "pm_gone"}, "resource_missing"),
    ],
)
def test_what_no_card_or_this_card_cannot_pay_is_a_decline(
    provider: CardProvider, request_: ChargeRequest, change: dict[str, Any], code: str
) -> None:
    declined = provider.charge(replace(request_, **change))
    assert isinstance(declined, Declined)
    assert declined.code == code
    assert "pm_" not in declined.message


def test_a_charge_asked_for_in_other_words_is_looked_up(
    provider: CardProvider, request_: ChargeRequest
) -> None:
    """As by a new release: the key refuses the request, the charge it stands for is there."""
    charged = provider.charge(request_)
    assert provider.charge(replace(request_, amount=2600)) == charged


def test_a_request_that_makes_no_sense_is_nonsense(
    provider: CardProvider, request_: ChargeRequest
) -> None:
    doing = f"charge payment {request_.payment_id}, attempt 1"
    with pytest.raises(ProviderRejectedError, match=doing):
        provider.charge(replace(request_, amount=0))


ASKS: list[Callable[[CardProvider], object]] = [
    lambda cards: cards.describe_card("pm_card_visa"),
    lambda cards: cards.charge(ChargeRequest("k", "p", 1, 2500, "EUR", "pm_card_visa")),
    lambda cards: cards.find_charge("p", 1),
    lambda cards: cards.refund(RefundRequest("r", "pi_1", 2500, "p")),
    lambda cards: cards.refunds("pi_1"),
    lambda cards: cards.look_up_refund("re_1"),
    lambda cards: cards.create_customer("c"),
]


@pytest.mark.parametrize("ask", ASKS)
class TestWhatGoesWrongWithAnyRequest:
    def test_down(
        self, cards: Simulator, provider: CardProvider, ask: Callable[[CardProvider], object]
    ) -> None:
        cards.fault("down")
        with pytest.raises(ProviderUnavailableError) as unavailable:
            ask(provider)
        assert not unavailable.value.key_exhausted

    def test_not_there(self, ask: Callable[[CardProvider], object]) -> None:
        provider = StripeCards(SECRET_KEY, f"http://127.0.0.1:{free_port()}")
        with pytest.raises(ProviderUnavailableError) as unavailable:
            ask(provider)
        assert "pm_card" not in str(unavailable.value)
        assert unavailable.value.__cause__ is None

    def test_a_wrong_api_key(self, cards: Simulator, ask: Callable[[CardProvider], object]) -> None:
        """An operator must correct it; no earlier request was refused."""
        with pytest.raises(ProviderUnavailableError, match="HTTP 401") as unavailable:
            ask(StripeCards("sk_test_wrong", cards.url))
        assert not unavailable.value.key_exhausted
        assert "sk_test" not in str(unavailable.value)


def test_a_lost_answer_is_asked_for_with_the_same_key(
    cards: Simulator, provider: CardProvider, request_: ChargeRequest
) -> None:
    cards.fault("lose_answer", times=1)
    with pytest.raises(ProviderUnavailableError):
        provider.charge(request_)
    charged = provider.charge(request_)
    [intent] = on_record(cards, request_.payment_id)
    assert charged == Charged(intent["id"])


def test_a_slow_provider_is_given_up_and_asked_again(
    cards: Simulator, impatient: CardProvider, provider: CardProvider, request_: ChargeRequest
) -> None:
    cards.fault("slow", seconds=600)
    with pytest.raises(ProviderUnavailableError):
        impatient.charge(request_)
    assert on_record(cards, request_.payment_id) == []
    cards.clear_faults()
    eventually(lambda: on_record(cards, request_.payment_id) != [], "the charge is taken")
    charged = provider.charge(request_)
    assert [Charged(intent["id"]) for intent in on_record(cards, request_.payment_id)] == [charged]


def test_a_key_in_use_is_a_fault(
    cards: Simulator, provider: CardProvider, request_: ChargeRequest
) -> None:
    cards.fault("hold")
    with ThreadPoolExecutor(1) as pool:
        held = pool.submit(provider.charge, request_)
        cards.await_held()
        with pytest.raises(ProviderUnavailableError, match="409"):
            provider.charge(request_)
        cards.clear_faults()
        charged = held.result()
    assert provider.charge(request_) == charged


def test_a_500_that_charged_is_found_out_when_it_is_replayed(
    cards: Simulator, provider: CardProvider, request_: ChargeRequest
) -> None:
    cards.fault("error_500", times=1, after_effect=True)
    with pytest.raises(ProviderUnavailableError) as first:
        provider.charge(request_)
    assert not first.value.key_exhausted
    [intent] = on_record(cards, request_.payment_id)
    assert provider.charge(request_) == Charged(intent["id"])


def test_a_500_that_did_nothing_spends_its_key(
    cards: Simulator, provider: CardProvider, request_: ChargeRequest
) -> None:
    cards.fault("error_500", times=1)
    with pytest.raises(ProviderUnavailableError) as first:
        provider.charge(request_)
    assert not first.value.key_exhausted
    with pytest.raises(ProviderUnavailableError) as second:
        provider.charge(request_)
    assert second.value.key_exhausted
    assert isinstance(provider.charge(replace(request_, key=request_.key + ":2")), Charged)


def test_an_attempt_is_found_by_our_own_names(
    provider: CardProvider, request_: ChargeRequest
) -> None:
    second = replace(request_, key=request_.key + ":2", attempt=2)
    declined = provider.charge(replace(request_, payment_method="pm_card_chargeDeclined"))
    charged = provider.charge(second)
    assert provider.find_charge(request_.payment_id, 1) == declined
    assert provider.find_charge(request_.payment_id, 2) == charged
    assert provider.find_charge(request_.payment_id, 3) is None
    assert provider.find_charge(request_.payment_id.upper(), 1) is None


def test_a_charge_is_found_before_a_decline_of_the_same_attempt(
    provider: CardProvider, request_: ChargeRequest
) -> None:
    charged = provider.charge(request_)
    declining = replace(request_, key="x" + request_.key, payment_method="pm_card_chargeDeclined")
    provider.charge(declining)
    assert provider.find_charge(request_.payment_id, 1) == charged


def test_a_payment_with_quotes_in_its_id_is_found(
    provider: CardProvider, request_: ChargeRequest
) -> None:
    odd = replace(request_, payment_id=f"it's \\ {request_.payment_id}' OR status:'succeeded")
    charged = provider.charge(odd)
    assert provider.find_charge(odd.payment_id, 1) == charged


def test_a_charge_outlives_the_provider_and_the_window_of_its_key(
    tmp_path: Path, request_: ChargeRequest
) -> None:
    with simulators.cards(tmp_path / "state.db") as simulator:
        charged = StripeCards(SECRET_KEY, simulator.url).charge(request_)
        simulator.process.kill()
    with simulators.cards(tmp_path / "state.db", "--key-window", "0") as simulator:
        provider = StripeCards(SECRET_KEY, simulator.url)
        assert provider.find_charge(request_.payment_id, request_.attempt) == charged


def test_a_refund_is_given_once(provider: StripeCards, request_: ChargeRequest) -> None:
    refund = refund_of(provider.charge(request_), request_)
    assert provider.refunds(refund.charge_id) == []
    refunded = provider.refund(refund)
    assert refunded.status is RefundStatus.SUCCEEDED
    assert provider.refund(refund) == refunded
    assert provider.refund(replace(refund, key="after the window")) == refunded
    assert provider.refunds(refund.charge_id) == [refunded]
    assert provider.look_up_refund(refunded.refund_id) == refunded


def test_a_lost_refund_is_asked_for_with_the_same_key(
    cards: Simulator, provider: StripeCards, request_: ChargeRequest
) -> None:
    refund = refund_of(provider.charge(request_), request_)
    cards.fault("lose_answer", times=1)
    with pytest.raises(ProviderUnavailableError):
        provider.refund(refund)
    assert [provider.refund(refund)] == provider.refunds(refund.charge_id)


@pytest.mark.parametrize("after_effect", [True, False])
def test_a_refund_whose_500_is_replayed(
    cards: Simulator, provider: StripeCards, request_: ChargeRequest, *, after_effect: bool
) -> None:
    refund = refund_of(provider.charge(request_), request_)
    cards.fault("error_500", times=1, after_effect=after_effect)
    with pytest.raises(ProviderUnavailableError):
        provider.refund(refund)
    if after_effect:
        assert [provider.refund(refund)] == provider.refunds(refund.charge_id)
    else:
        with pytest.raises(ProviderUnavailableError) as exhausted:
            provider.refund(refund)
        assert exhausted.value.key_exhausted


def test_more_than_was_charged_is_not_refunded(
    provider: CardProvider, request_: ChargeRequest
) -> None:
    refund = refund_of(provider.charge(request_), request_)
    with pytest.raises(ProviderRejectedError, match=f"refund payment {request_.payment_id}"):
        provider.refund(replace(refund, amount=2501))
    with pytest.raises(ProviderRejectedError):
        provider.refund(replace(refund, charge_id="pi_none", key="another"))
