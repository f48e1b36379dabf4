"""Which webhooks the card provider sends for what happens there; see `docs/stripe.md`."""

import json
from collections.abc import Generator
from dataclasses import dataclass
from typing import Any

import pytest
import stripe

from tests.support import simulators
from tests.support.processes import eventually
from tests.support.scripted_http import Script, scripted_http
from tests.support.stripe_account import Account, refusal


@dataclass(frozen=True)
class Shop:
    """A shop that receives what happens in its account."""

    account: Account
    listener: Script

    def received(self, count: int) -> list[dict[str, Any]]:
        """The next webhooks, which were not received before."""
        requests = self.listener.requests
        eventually(lambda: len(requests) >= count, f"{count} webhooks")
        assert len(requests) == count
        events = [json.loads(request.body) for request in requests]
        requests.clear()
        return events

    def types(self, count: int) -> list[str]:
        return [event["type"] for event in self.received(count)]


@pytest.fixture(scope="module")
def running_shop(tmp_path_factory: pytest.TempPathFactory) -> Generator[Shop]:
    with pytest.MonkeyPatch.context() as environment, scripted_http() as listener:
        environment.setenv("STRIPE_WEBHOOK_SECRETS", "whsec_test")
        for _ in range(100):
            listener.answer(200, {})
        url = f"{listener.url}/received"
        state = tmp_path_factory.mktemp("cards") / "state.db"
        with simulators.cards(state, "--webhook-url", url) as simulator:
            yield Shop(Account(simulator.url), listener)


@pytest.fixture
def shop(running_shop: Shop) -> Generator[Shop]:
    yield running_shop
    running_shop.account.switch("_webhooks")
    running_shop.listener.requests.clear()


def test_each_event_says_whose_it_is(shop: Shop) -> None:
    shop.account.charge()
    [event] = shop.received(1)
    assert (event["livemode"], event["account"]) == (False, None)
    assert event["api_version"] == stripe.api_version
    switches = {"livemode": True, "account": "acct_other", "api_version": "2020-08-27"}
    shop.account.switch("_webhooks", **switches)
    shop.account.charge()
    [event] = shop.received(1)
    assert {name: event[name] for name in switches} == switches


def test_a_payment_that_waits_for_its_customer(shop: Shop) -> None:
    intent = shop.account.charge("pm_card_authenticationRequired").id
    shop.account.switch(f"_customers/{intent}", authenticates=False)
    shop.account.switch(f"_customers/{intent}", authenticates=True)
    assert shop.types(3) == [
        "payment_intent.requires_action",
        "payment_intent.payment_failed",
        "payment_intent.succeeded",
    ]


def test_a_refund_that_fails_is_told_by_both_names(shop: Shop) -> None:
    intent = shop.account.charge().id
    refund = shop.account.api.refunds.create({"payment_intent": intent, "amount": 500}).id
    *_, charge = shop.received(3)
    assert (charge["type"], charge["data"]["object"]["amount_refunded"]) == ("charge.refunded", 500)
    shop.account.switch(f"_refunds/{refund}", fails=True)
    events = shop.received(3)
    assert [event["type"] for event in events] == [
        "refund.updated",
        "charge.refund.updated",
        "refund.failed",
    ]
    assert {event["data"]["object"]["status"] for event in events} == {"failed"}
    assert {event["data"]["object"]["id"] for event in events} == {refund}


@pytest.mark.parametrize(
    ("statuses", "types"),
    [
        (["needs_response", "under_review", "lost"], ["created", "withdrawn", "updated", "closed"]),
        (["needs_response", "won"], ["created", "withdrawn", "closed", "reinstated"]),
        (["warning_needs_response", "warning_closed"], ["created", "closed"]),
        (["warning_needs_response", "needs_response"], ["created", "updated", "withdrawn"]),
    ],
)
def test_a_dispute_is_told_as_it_goes_on(shop: Shop, statuses: list[str], types: list[str]) -> None:
    intent = shop.account.charge().id
    for status in statuses:
        shop.account.switch(f"_disputes/{intent}", status=status)
    seen = shop.types(1 + len(types))[1:]
    assert [one.removeprefix("charge.dispute.").removeprefix("funds_") for one in seen] == types


def test_fraud_is_warned_of(shop: Shop) -> None:
    shop.account.charge("pm_card_createIssuerFraudRecord")
    intent = shop.account.charge("pm_card_createDispute").id
    shop.account.switch(f"_fraud_warnings/{intent}", fraud_type="made_with_stolen_card")
    events = shop.received(6)
    assert [event["type"] for event in events] == [
        "payment_intent.succeeded",
        "radar.early_fraud_warning.created",
        "charge.dispute.created",
        "charge.dispute.funds_withdrawn",
        "payment_intent.succeeded",
        "radar.early_fraud_warning.created",
    ]
    assert events[-1]["data"]["object"]["fraud_type"] == "made_with_stolen_card"


def test_what_is_refused_is_not_told(shop: Shop) -> None:
    card = shop.account.card()
    shop.account.charge(card)
    refusal(lambda: shop.account.charge(card))
    assert shop.types(1) == ["payment_intent.succeeded"]
