"""429: too many requests, and two that change one object; see `docs/stripe.md`."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
import stripe

from tests.support.simulators import Simulator
from tests.support.stripe_account import Account, facts, refusal


@pytest.mark.parametrize(
    ("mode", "code"), [("rate_limit", "rate_limit"), ("lock_timeout", "lock_timeout")]
)
def test_a_429_is_not_kept_under_the_key(
    cards: Simulator, account: Account, mode: str, code: str
) -> None:
    key = str(uuid4())
    cards.fault(mode, times=1)
    refused = refusal(lambda: account.charge(key=key))
    assert isinstance(refused, stripe.RateLimitError)
    assert facts(refused)[:2] == (429, code)
    assert account.charge(key=key).status == "succeeded"


def test_a_request_may_be_refused_without_a_code_until_it_is_put_right(
    cards: Simulator, account: Account
) -> None:
    key = str(uuid4())
    cards.fault("refuse", times=1, only="/v1/payment_intents")

    assert facts(refusal(lambda: account.charge(key=key)))[:2] == (400, None)
    assert account.charge(key=key).status == "succeeded"


def test_reading_is_limited_too(cards: Simulator, account: Account) -> None:
    cards.fault("rate_limit")
    assert facts(refusal(account.api.refunds.list))[:2] == (429, "rate_limit")
    cards.clear_faults()
    assert account.api.refunds.list() is not None


REQUESTS: list[Callable[[Account, str], object]] = [
    lambda account, intent: account.api.payment_intents.cancel(intent),
    lambda account, intent: account.api.payment_intents.update(intent, {"metadata": {"a": "b"}}),
    lambda account, intent: account.api.refunds.create({"payment_intent": intent}),
    lambda account, intent: account.api.refunds.create({"charge": account.charge_of(intent).id}),
]


@pytest.mark.parametrize("other", REQUESTS)
def test_a_payment_intent_is_changed_by_one_request_at_a_time(
    cards: Simulator, account: Account, other: Callable[[Account, str], object]
) -> None:
    intent, untouched = account.charge().id, account.charge().id
    cards.fault("hold", only="/v1/refunds", times=1)
    with ThreadPoolExecutor(1) as pool:
        held = pool.submit(account.api.refunds.create, {"payment_intent": intent, "amount": 100})
        cards.await_held()
        refused = refusal(lambda: other(account, intent))
        assert facts(refused)[:2] == (429, "lock_timeout")
        account.api.payment_intents.update(untouched, {"metadata": {"a": "b"}})
        assert account.intent(intent).id == intent, "it can be read"
        cards.clear_faults()
        assert held.result().amount == 100
    if other is not REQUESTS[0]:
        assert other(account, intent) is not None


def test_a_card_is_attached_by_one_request_at_a_time(cards: Simulator, account: Account) -> None:
    card, customer = account.card(), account.customer()
    cards.fault("hold", times=1)
    with ThreadPoolExecutor(1) as pool:
        held = pool.submit(account.api.payment_methods.attach, card, {"customer": customer})
        cards.await_held()
        refused = refusal(lambda: account.api.payment_methods.attach(card, {"customer": customer}))
        assert facts(refused)[:2] == (429, "lock_timeout")
        cards.clear_faults()
        assert held.result().customer == customer
