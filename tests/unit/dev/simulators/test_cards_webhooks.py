"""The card provider sends signed webhooks until they are answered."""

import json
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
from stripe import WebhookSignature

from gateways.cards import ChargeRequest, ProviderRefund, RefundRequest
from gateways.stripe_cards import StripeCards
from tests.support import simulators
from tests.support.card_events import CardHolders
from tests.support.processes import eventually
from tests.support.scripted_http import Script, scripted_http
from tests.support.simulators import SECRET_KEY, Simulator

SECRETS = ("whsec_new", "whsec_old")


@pytest.fixture(autouse=True)
def secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    """As people write them, with a space."""
    monkeypatch.setenv("STRIPE_WEBHOOK_SECRETS", ", ".join(SECRETS))


@pytest.fixture
def listener() -> Generator[Script]:
    """Receives the webhooks."""
    with scripted_http() as script:
        yield script


def options(listener: Script) -> list[str]:
    return ["--webhook-url", f"{listener.url}/webhooks"]


@pytest.fixture
def provider(tmp_path: Path, listener: Script) -> Generator[Simulator]:
    with simulators.cards(tmp_path / "cards.db", *options(listener)) as simulator:
        yield simulator


def charge(simulator: Simulator, card: str = "pm_card_visa", payment: str = "p") -> None:
    cards = StripeCards(SECRET_KEY, simulator.url)
    cards.charge(ChargeRequest(f"key of {payment}", payment, 1, 2500, "EUR", card))


def received(listener: Script, count: int) -> list[dict[str, Any]]:
    eventually(lambda: len(listener.requests) >= count, f"{count} webhooks")
    assert len(listener.requests) == count
    return [json.loads(request.body) for request in listener.requests]


def test_it_is_signed_with_every_secret(provider: Simulator, listener: Script) -> None:
    listener.answer(200, {})

    charge(provider)

    (event,) = received(listener, 1)
    assert event["type"] == "payment_intent.succeeded"
    assert event["data"]["object"]["metadata"] == {"payment": "p", "attempt": "1"}
    (request,) = listener.requests
    for secret in SECRETS:
        signature = request.headers["stripe-signature"]
        assert WebhookSignature.verify_header(request.body, signature, secret, 300)


def test_a_webhook_is_sent_until_it_is_answered(provider: Simulator, listener: Script) -> None:
    for status in (500, 503, 200):
        listener.answer(status, {})

    charge(provider)

    events = received(listener, 3)
    assert len({event["id"] for event in events}) == 1


def test_after_sigkill_webhooks_are_sent_later(tmp_path: Path, listener: Script) -> None:
    with simulators.cards(tmp_path / "cards.db", *options(listener)) as simulator:
        listener.answer(500, {})
        with listener.holding():
            charge(simulator)
            received(listener, 1)
            simulator.process.kill()
    eventually(lambda: not listener.answers, "nobody receives the answer")
    listener.answer(200, {})

    with simulators.cards(tmp_path / "cards.db", *options(listener)):
        events = received(listener, 2)

    assert events[0] == events[1]


def test_two_copies_newest_first(provider: Simulator, listener: Script) -> None:
    """None is sent before both events are there: the one before them is not answered yet."""
    people = CardHolders(provider.url)
    for _ in range(5):
        listener.answer(200, {})
    with listener.holding():
        charge(provider)
        received(listener, 1)
        people.webhooks(copies=2, reorder=True)
        charge(provider, "pm_card_authenticationRequired", "another")
        people.authenticate(people.webhook_events()[-1]["intent"])

    _, *events = received(listener, 5)
    types = [event["type"].removeprefix("payment_intent.") for event in events]
    assert types == ["succeeded", "succeeded", "payment_failed", "payment_failed"]


def test_events_of_one_type_are_lost(provider: Simulator, listener: Script) -> None:
    people = CardHolders(provider.url)
    people.webhooks(lose=["payment_intent.succeeded"])
    listener.answer(200, {})

    charge(provider)
    charge(provider, "pm_card_chargeDeclined", "another")

    assert [event["type"] for event in received(listener, 1)] == ["payment_intent.payment_failed"]
    eventually(
        lambda: [one["answered"] for one in people.webhook_events()] == [None, 200], "answers"
    )


def test_a_lost_event_is_on_record_all_the_same(provider: Simulator, listener: Script) -> None:
    people = CardHolders(provider.url)
    people.webhooks(lose=True)
    charge(provider)
    people.webhooks()
    listener.answer(200, {})
    listener.answer(200, {})

    intent = people.webhook_events()[0]["intent"]
    refund = RefundRequest("refund", intent, 2500, "p")
    assert isinstance(StripeCards(SECRET_KEY, provider.url).refund(refund), ProviderRefund)

    assert [event["type"] for event in received(listener, 2)] == [
        "refund.created",
        "charge.refunded",
    ]
    eventually(
        lambda: [one["answered"] for one in people.webhook_events(intent)] == [None, 200, 200],
        "answers",
    )
