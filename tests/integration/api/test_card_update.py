"""What the holder of a mail's link may see and do, for one payment."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import cast

import httpx
import pytest
from fastapi import FastAPI
from pydantic import SecretStr
from temporalio.client import Client

from api.app import create_app
from config import Settings
from domain.events import CreditCardFailed, PaymentCanceled
from gateways.card_authentication import CardAuthentication
from security.card_links import CardLinks
from storage import charges, orders, payments
from storage.database import Database
from tests.integration.api.matrix import ABSENT, LINK_KEY, RECEIVED, WRITTEN
from tests.integration.api.problems import problem_of
from tests.support.examples import NOON, add_unauthenticated, order, payment
from tests.support.fake_card_authentication import SECRET, FakeCardAuthentication
from tests.support.fake_temporal import FakeTemporal

CARD = {"payment_method": "pm_card_visa"}


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """With links, and few cards a day."""
    changes = {"card_link_keys": SecretStr(LINK_KEY), "card_updates_per_day": 2}
    return settings.model_copy(update=changes)


@pytest.fixture
def database(database: Database) -> Database:
    """With a payment of Kermit's that waits for a card."""
    with database.write() as tx:
        payments.request(tx, payment(WRITTEN))
        failed = CreditCardFailed(at=NOON, code="card_declined", message="")
        payments.record(tx, WRITTEN, failed, number=1)
    return database


@pytest.fixture
async def temporal(app: FastAPI, http: httpx.AsyncClient) -> FakeTemporal:
    """Instead of a server."""
    del http
    fake = FakeTemporal({f"payment/{WRITTEN}": None})
    app.state.context = replace(app.state.context, temporal=cast("Client", fake))
    return fake


@pytest.fixture
def provider(app: FastAPI, http: httpx.AsyncClient, database: Database) -> FakeCardAuthentication:
    """Instead of the card provider, where a charge of the payment waits for its customer."""
    del http
    with database.write() as tx:
        add_unauthenticated(tx, WRITTEN)
        failed = CreditCardFailed(at=NOON, code="authentication_required", message="")
        payments.record(tx, WRITTEN, failed, number=2)
    fake = FakeCardAuthentication()
    asked = cast("CardAuthentication", fake)
    app.state.context = replace(app.state.context, card_authentication=asked)
    return fake


def holding(payment_id: str, deadline: datetime | None = None) -> dict[str, str]:
    """The headers of whoever has the link."""
    until = deadline or datetime.now(UTC) + timedelta(days=1)
    link = CardLinks([LINK_KEY], "http://api").link(payment_id, until)
    return {"Authorization": f"Bearer {str(link).rpartition('/')[2]}"}


async def test_it_says_what_is_asked_for_and_nothing_of_the_customer(
    http: httpx.AsyncClient,
) -> None:
    answer = await http.get("/card-update", headers=holding(WRITTEN))
    assert answer.json() == {
        "reference": payment(WRITTEN).reference,
        "order": None,
        "status": "awaiting_card",
        "amount": 2500,
        "currency": "EUR",
        "deadline": "2026-03-15T12:00:00Z",
        "failure": "Your card was declined.",
        "needs_authentication": False,
        "charge_refused": False,
    }


async def test_it_names_the_order(http: httpx.AsyncClient, database: Database) -> None:
    with database.write() as tx:
        orders.place(tx, order(WRITTEN))
    due = (await http.get("/card-update", headers=holding(WRITTEN))).json()
    lines = [{"name": line.name, "quantity": line.quantity} for line in order(WRITTEN).lines]
    assert due["order"] == {"id": WRITTEN, "lines": lines}
    assert lines


@pytest.mark.parametrize(
    ("code", "decline_code", "words"),
    [
        ("card_declined", "insufficient_funds", "Your card has insufficient funds."),
        ("expired_card", None, "Your card has expired."),
        ("card_declined", "stolen_card", "Your card was declined."),
        ("card_declined", "lost_card", "Your card was declined."),
        ("card_declined", "fraudulent", "Your card was declined."),
        ("card_declined", "of_next_year", "Ask your bank."),
        ("no_card", None, None),
    ],
)
async def test_it_says_why_the_card_was_declined_and_never_a_suspicion(
    http: httpx.AsyncClient,
    database: Database,
    code: str,
    decline_code: str | None,
    words: str | None,
) -> None:
    failed = CreditCardFailed(
        at=NOON, code=code, decline_code=decline_code, message="Ask your bank."
    )
    with database.write() as tx:
        payments.record(tx, WRITTEN, failed, number=2)
    answer = await http.get("/card-update", headers=holding(WRITTEN))
    assert answer.json()["failure"] == words


async def test_the_payment_is_told_of_the_card(
    http: httpx.AsyncClient, temporal: FakeTemporal
) -> None:
    answer = await http.put("/card-update", headers=holding(WRITTEN), json=CARD)
    assert answer.status_code == 202
    assert any(f"payment/{WRITTEN}" in str(asked) for asked in temporal.asked)


@pytest.mark.usefixtures("temporal")
async def test_cards_are_counted(http: httpx.AsyncClient) -> None:
    for _ in range(2):
        answer = await http.put("/card-update", headers=holding(WRITTEN), json=CARD)
        assert answer.status_code == 202
    answer = await http.put("/card-update", headers=holding(WRITTEN), json=CARD)
    problem_of(answer, 429)


async def test_a_link_expires(http: httpx.AsyncClient) -> None:
    expired = holding(WRITTEN, datetime.now(UTC) - timedelta(seconds=1))
    for answer in (
        await http.get("/card-update", headers=expired),
        await http.put("/card-update", headers=expired, json=CARD),
    ):
        assert "expired" in problem_of(answer, 401)["detail"]


async def test_a_payment_that_has_ended_takes_no_card(
    http: httpx.AsyncClient, database: Database
) -> None:
    with database.write() as tx:
        payments.record(tx, WRITTEN, PaymentCanceled(at=NOON))
    answer = await http.put("/card-update", headers=holding(WRITTEN), json=CARD)
    problem_of(answer, 409)
    seen = await http.get("/card-update", headers=holding(WRITTEN))
    assert (seen.json()["status"], seen.json()["deadline"]) == ("canceled", None)


@pytest.mark.usefixtures("temporal")
async def test_a_payment_that_is_not_there(http: httpx.AsyncClient) -> None:
    problem_of(await http.get("/card-update", headers=holding(ABSENT)), 404)


async def test_without_keys_no_link_is_good(settings: Settings, database: Database) -> None:
    del database
    app = create_app(settings.model_copy(update={"card_link_keys": SecretStr("")}))
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://localhost") as http,
    ):
        problem_of(await http.get("/card-update", headers=holding(WRITTEN)), 401)


async def test_the_holder_can_authenticate_the_charge(
    http: httpx.AsyncClient, provider: FakeCardAuthentication
) -> None:
    seen = await http.get("/card-update", headers=holding(WRITTEN))
    assert seen.json()["needs_authentication"] is True
    answer = await http.get("/card-update/authentication", headers=holding(WRITTEN))
    assert (answer.status_code, answer.json()) == (200, {"client_secret": SECRET})
    assert answer.headers["cache-control"] == "no-store"
    assert provider.asked == ["pi_open"]


@pytest.mark.usefixtures("temporal")
async def test_only_the_link_of_that_payment_authenticates_its_charge(
    http: httpx.AsyncClient, database: Database, provider: FakeCardAuthentication
) -> None:
    """Another payment of the same customer waits for a card, and no charge of it."""
    with database.write() as tx:
        payments.request(tx, payment(RECEIVED))
    expired = holding(WRITTEN, datetime.now(UTC) - timedelta(seconds=1))
    forged = CardLinks(["x" * 32], "http://api").link(WRITTEN, datetime.now(UTC) + timedelta(1))
    for headers, status in (
        ({}, 401),
        ({"Authorization": "Bearer none"}, 401),
        ({"Authorization": f"Bearer {str(forged).rpartition('/')[2]}"}, 401),
        (expired, 401),
        (holding(ABSENT), 404),
        (holding(RECEIVED), 409),
    ):
        answer = await http.get("/card-update/authentication", headers=headers)
        assert SECRET not in str(problem_of(answer, status))
    assert provider.asked == []


async def test_once_no_charge_waits_there_is_nothing_to_authenticate(
    http: httpx.AsyncClient, database: Database, provider: FakeCardAuthentication
) -> None:
    with database.write() as tx:
        charges.close(tx, WRITTEN)
        payments.record(tx, WRITTEN, PaymentCanceled(at=NOON))
    problem_of(await http.get("/card-update/authentication", headers=holding(WRITTEN)), 409)
    seen = await http.get("/card-update", headers=holding(WRITTEN))
    assert seen.json()["needs_authentication"] is False
    assert provider.asked == []


async def test_a_request_that_the_provider_refused_is_no_declined_card(
    http: httpx.AsyncClient, database: Database
) -> None:
    async def seen() -> object:
        due = (await http.get("/card-update", headers=holding(WRITTEN))).json()
        assert due["status"] == "charging"
        return due["charge_refused"]

    with database.write() as tx:
        charge = charges.begin(tx, WRITTEN, 2, "pm_card_visa", NOON)
    assert await seen() is False
    with database.write() as tx:
        assert charges.refuse(tx, charge)
    assert await seen() is True
    with database.write() as tx:
        charges.begin(tx, WRITTEN, 2, "pm_card_visa", NOON)
    assert await seen() is False
