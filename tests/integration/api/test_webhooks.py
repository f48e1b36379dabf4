"""A webhook that Stripe signed is handled once; one without its signature is refused."""

import json
import time
from dataclasses import replace
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from pydantic import SecretStr
from stripe import WebhookSignature

from api.app import create_app
from config import Settings
from dev.stack.postgresql import PostgresServer
from storage import charges, payments
from storage.database import Database
from storage.migrate import migrate
from tests.integration.api.problems import problem_of
from tests.integration.api.webhooks import (
    NEW,
    OLD,
    PAYMENT,
    SUCCEEDED,
    body_of,
    noted,
    tell,
    wait_for,
)
from tests.support.fake_temporal import FakeTemporal
from tests.verification.bugs import webhooks as bugs
from workflows.messages import ChargeSettled

FAILED = "payment_intent.payment_failed"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """While one secret is replaced by another."""
    return settings.model_copy(update={"stripe_webhook_secrets": SecretStr(f"{NEW}, {OLD}")})


@pytest.mark.parametrize("secret", [NEW, OLD])
@pytest.mark.parametrize("late", [-290, 0, 290])
async def test_each_secret_is_taken_for_five_minutes(
    http: httpx.AsyncClient, secret: str, late: float
) -> None:
    answer = await tell(http, body_of(), secret=secret, late=late)
    assert (answer.status_code, answer.json()) == (200, {"outcome": "noted"})


@pytest.mark.parametrize(
    ("change", "headers"),
    [
        ({"secret": "whsec_another"}, {}),
        ({"late": 310}, {}),
        ({"late": -310}, {}),
        ({}, {"Stripe-Signature": ""}),
        ({}, {"Stripe-Signature": "t=now,v1=00"}),
        ({}, {"Stripe-Signature": f"t={10**30},v1=00"}),
        ({}, {"Stripe-Signature": "v1=00"}),
    ],
)
async def test_what_is_not_signed_is_refused(
    http: httpx.AsyncClient, database: Database, change: dict[str, Any], headers: dict[str, str]
) -> None:
    problem_of(await tell(http, body_of(), headers=headers, **change), 400)
    assert noted(database) == []


@pytest.mark.parametrize(
    ("secrets", "status"),
    [
        (("whsec_another", NEW), 200),
        ((OLD, "whsec_another"), 200),
        ((NEW, OLD), 200),
        (("whsec_another", "whsec_a_third"), 400),
    ],
)
async def test_of_several_signatures_one_has_to_be_right(
    http: httpx.AsyncClient, secrets: tuple[str, str], status: int
) -> None:
    """As Stripe sends while a secret is rolled."""
    now = int(time.time())
    signed = [WebhookSignature.generate_signature_header(body_of(), one, now) for one in secrets]
    signatures = ",".join(header.partition(",")[2] for header in signed)
    headers = {"Stripe-Signature": f"t={now},{signatures}"}
    answer = await http.post("/webhooks/stripe", content=body_of(), headers=headers)
    assert answer.status_code == status


async def test_one_byte_more_is_not_signed(http: httpx.AsyncClient) -> None:
    signature = WebhookSignature.generate_signature_header(body_of(), NEW)
    headers = {"Stripe-Signature": signature}
    for body in (body_of() + " ", body_of().replace("evt_1", "evt_2"), "\xff".encode("latin-1")):
        answer = await http.post("/webhooks/stripe", content=body, headers=headers)
        problem_of(answer, 400)


async def test_what_is_signed_and_has_another_shape_is_ignored(
    http: httpx.AsyncClient, database: Database
) -> None:
    thin = {"id": "evt_1", "object": "v2.core.event", "type": SUCCEEDED, "related_object": {}}
    for body in ("", "[]", '{"id": "evt_1"}', "not JSON", json.dumps(thin)):
        answer = await tell(http, body)
        assert (answer.status_code, answer.json()) == (200, {"outcome": "ignored"})
        problem_of(await tell(http, body, secret="whsec_another"), 400)
    assert noted(database) == []


async def test_without_a_secret_nothing_is_taken(app: FastAPI, http: httpx.AsyncClient) -> None:
    nobody = app.state.context.settings.model_copy(update={"stripe_webhook_secrets": SecretStr("")})
    app.state.context = replace(app.state.context, settings=nobody)
    problem_of(await tell(http, body_of(), secret=""), 400)


async def test_events_of_other_kinds_are_ignored(
    http: httpx.AsyncClient, database: Database, temporal: FakeTemporal
) -> None:
    answer = await tell(http, body_of("invoice.paid"))
    assert answer.json() == {"outcome": "ignored"}
    assert (noted(database), temporal.asked) == ([], [])


async def test_long_numbers_of_the_providers_are_no_card_numbers(http: httpx.AsyncClient) -> None:
    """As there is one in what is said of a card's network."""
    event = json.loads(body_of()) | {"network_transaction_id": "4242424242424242"}
    assert (await tell(http, json.dumps(event))).status_code == 200


@pytest.mark.parametrize(
    ("type", "customer", "is_told"),
    [
        (SUCCEEDED, True, True),
        (SUCCEEDED, False, True),
        (FAILED, False, True),
        # The customer may try again.
        (FAILED, True, False),
    ],
)
async def test_who_waits_for_it_is_told_once(  # noqa: PLR0913, PLR0917  its fixtures
    http: httpx.AsyncClient,
    database: Database,
    temporal: FakeTemporal,
    type: str,
    customer: bool,
    is_told: bool,
) -> None:
    wait_for(database, customer=customer)

    outcomes = [(await tell(http, body_of(type))).json()["outcome"] for _ in range(3)]

    assert outcomes == ["told" if is_told else "noted", "known", "known"]
    sent = [("charge_settled", f"payment/{PAYMENT}")] if is_told else []
    assert temporal.asked == sent
    assert noted(database) == [("evt_1", PAYMENT if is_told else None)]


@pytest.mark.parametrize("attempt", [1, 3])
async def test_the_payment_is_notified_of_the_attempt_that_is_open(
    http: httpx.AsyncClient, database: Database, temporal: FakeTemporal, attempt: int
) -> None:
    wait_for(database, customer=False, attempt=attempt)
    await tell(http, body_of(SUCCEEDED))
    assert [one.payload for one in temporal.requests] == [ChargeSettled(attempt=attempt)]


async def test_nothing_is_booked_of_what_an_event_says(
    http: httpx.AsyncClient, database: Database, temporal: FakeTemporal
) -> None:
    """The payment is only notified, and looks the charge up itself."""
    wait_for(database, customer=False)
    event = json.loads(body_of())
    event["data"]["object"] |= {"amount_received": 1, "currency": "usd", "status": "succeeded"}
    await tell(http, json.dumps(event))
    assert temporal.asked == [("charge_settled", f"payment/{PAYMENT}")]
    with database.read() as tx:
        payment, charge = payments.find(tx, PAYMENT), charges.find(tx, PAYMENT, 1)
    assert (payment.charged, payment.status) == (0, "charging")
    assert charge is not None
    assert not charge.is_settled


async def test_a_payment_that_was_ended_by_force_is_told_of_to_people(
    http: httpx.AsyncClient,
    database: Database,
    temporal: FakeTemporal,
    caplog: pytest.LogCaptureFixture,
) -> None:
    wait_for(database, customer=False)
    temporal.gone.add(f"payment/{PAYMENT}")

    assert (await tell(http, body_of())).json() == {"outcome": "noted"}

    (said,) = [record for record in caplog.records if record.name == "api.services.webhooks"]
    assert said.levelname == "ERROR"
    assert all(word in said.message for word in (PAYMENT, "pi_open", "make audit"))
    assert noted(database) == [("evt_1", None)]


CARD = "4242424242424242"


@pytest.mark.parametrize("id", ["", "evt_", CARD, f"evt_{CARD}", "evt_1\n", f"evt_{'x' * 101}"])
async def test_an_event_whose_id_is_none_of_stripes_is_ignored(
    http: httpx.AsyncClient, database: Database, caplog: pytest.LogCaptureFixture, id: str
) -> None:
    answer = await tell(http, body_of(id=id))
    assert (answer.status_code, answer.json()) == (200, {"outcome": "ignored"})
    assert noted(database) == []
    assert CARD not in caplog.text


async def test_while_temporal_is_away_it_is_to_be_sent_again(
    http: httpx.AsyncClient, database: Database
) -> None:
    """Nothing listens where Temporal should be."""
    wait_for(database, customer=True)
    problem_of(await tell(http, body_of()), 503)
    assert noted(database) == []


async def test_a_bug_that_hears_everything_anew_is_found(
    http: httpx.AsyncClient,
    database: Database,
    temporal: FakeTemporal,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bugs.hear_everything_anew(monkeypatch)
    with pytest.raises(AssertionError, match="known"):
        await test_who_waits_for_it_is_told_once(
            http, database, temporal, SUCCEEDED, customer=True, is_told=True
        )


async def test_an_odd_id_is_not_looked_up(settings: Settings, postgres: PostgresServer) -> None:
    """PostgreSQL refuses texts with NUL."""
    url = postgres.create_database()
    migrate(url)
    app = create_app(settings.model_copy(update={"database_url": url}))
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://localhost") as client,
    ):
        for number, odd in enumerate(["", "pi_\0", "pi_\n", "x" * 50_000]):
            for type in (SUCCEEDED, "refund.updated", "charge.dispute.created"):
                answer = await tell(client, body_of(type, f"evt_{number}_{type[:2]}", odd))
                outcome = "ignored" if type.startswith("refund") else "noted"
                assert (answer.status_code, answer.json()) == (200, {"outcome": outcome})
