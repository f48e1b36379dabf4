"""What Stripe signs is heard once, and what it did not sign is not heard."""

import json
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import httpx
import pytest
from fastapi import FastAPI
from pydantic import SecretStr
from sqlalchemy import select
from stripe import WebhookSignature
from temporalio.client import Client

from config import Settings
from domain.events import CreditCardCharged, PaymentReceived
from domain.payment import PaymentFailure
from storage import open_charges, payments, tables
from storage.database import Database
from tests.api.problems import problem_of
from tests.bugs import webhooks as bugs
from tests.support.examples import payment
from tests.support.fake_temporal import FakeTemporal

NEW, OLD = "whsec_new", "whsec_old"
PAYMENT = "6a1f8e9e-5d9e-4a53-9d53-0f0a3f0a9e21"
SUCCEEDED, FAILED = "payment_intent.succeeded", "payment_intent.payment_failed"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """While one secret is replaced by another."""
    return settings.model_copy(update={"stripe_webhook_secrets": SecretStr(f"{NEW}, {OLD}")})


@pytest.fixture
def temporal(app: FastAPI, http: httpx.AsyncClient) -> FakeTemporal:
    """Takes signals."""
    del http
    fake = FakeTemporal()
    app.state.context = replace(app.state.context, client=cast("Client", fake))
    return fake


def body_of(type: str = SUCCEEDED, id: str = "evt_1", intent: str = "pi_open") -> str:
    return json.dumps({"id": id, "type": type, "data": {"object": {"id": intent}}})


async def tell(
    http: httpx.AsyncClient,
    body: str,
    *,
    secret: str = NEW,
    late: float = 0,
    headers: dict[str, str] | None = None,
) -> httpx.Response:
    """Send it signed, `late` seconds ago."""
    now = int(time.time() - late)
    signature = WebhookSignature.generate_signature_header(body, secret, now)
    return await http.post(
        "/webhooks/stripe", content=body, headers={"Stripe-Signature": signature} | (headers or {})
    )


def wait_for(database: Database, *, customer: bool) -> None:
    """A payment whose charge stays open: for its customer, or else for the bank."""
    now = datetime.now(UTC)
    with database.write() as tx:
        payments.request(tx, payment(PAYMENT))
        charge = payments.begin_charge(tx, PAYMENT, 1, "pm_card_visa", now)
        if customer:
            why = PaymentFailure(code="authentication_required", message="")
            payments.settle_charge(tx, charge.model_copy(update={"failure": why}))
        open_charges.note(tx, charge, "pi_open")


def noted(database: Database) -> list[tuple[Any, ...]]:
    events = tables.provider_events
    with database.read() as tx:
        return [tuple(row) for row in tx.execute(select(events.c.id, events.c.payment_id))]


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
    told = [("charge_settled", f"payment/{PAYMENT}")] if is_told else []
    assert temporal.asked == told
    assert noted(database) == [("evt_1", PAYMENT if is_told else None)]


async def test_a_payment_that_was_ended_by_force_is_told_of_to_people(
    http: httpx.AsyncClient,
    database: Database,
    temporal: FakeTemporal,
    caplog: pytest.LogCaptureFixture,
) -> None:
    wait_for(database, customer=False)
    temporal.gone.add(f"payment/{PAYMENT}")

    assert (await tell(http, body_of())).json() == {"outcome": "noted"}

    (said,) = [record for record in caplog.records if record.name == "api.webhooks"]
    assert said.levelname == "ERROR"
    assert all(word in said.message for word in (PAYMENT, "pi_open", "make audit"))
    assert noted(database) == [("evt_1", None)]


def refund_of(id: str = "evt_1", refund: str = "re_1", **other: Any) -> str:
    """As Stripe tells of a refund that somebody made in its dashboard."""
    made = {"id": refund, "amount": 500, "payment_intent": "pi_paid", "status": "succeeded"}
    object = made | {"created": int(time.time()), "metadata": {}} | other
    return json.dumps({"id": id, "type": "refund.created", "data": {"object": object}})


def pay(database: Database, *, is_received: bool = True) -> None:
    """A payment whose charge succeeded."""
    with database.write() as tx:
        payments.request(tx, payment(PAYMENT))
        payments.begin_charge(tx, PAYMENT, 1, "pm_card_visa", datetime.now(UTC))
    settle(database, "pi_paid", is_received=is_received)


def settle(database: Database, charge_id: str, *, is_received: bool = True) -> None:
    """Its charge succeeds."""
    now = datetime.now(UTC)
    with database.write() as tx:
        charge = payments.find_charge(tx, PAYMENT, 1)
        assert charge is not None
        open_charges.close(tx, PAYMENT)
        open_charges.settle(tx, charge.model_copy(update={"charge_id": charge_id}))
        payments.record(tx, PAYMENT, CreditCardCharged(at=now, amount=charge.amount))
        if is_received:
            payments.record(tx, PAYMENT, PaymentReceived(at=now))


def refunded(database: Database) -> tuple[str, int, int]:
    with database.read() as tx:
        found = payments.find(tx, PAYMENT)
    return found.status, found.charged, found.refunded


async def test_what_was_refunded_by_hand_is_booked_once(
    http: httpx.AsyncClient, database: Database
) -> None:
    """However often it is told, also by another event of the same refund."""
    pay(database)
    told = [refund_of(), refund_of(), refund_of(id="evt_2"), refund_of(id="evt_3", refund="re_2")]
    outcomes = [(await tell(http, body)).json()["outcome"] for body in told]
    assert outcomes == ["told", "known", "noted", "told"]
    assert refunded(database) == ("received", 1500, 1000)
    assert noted(database) == [("evt_1", PAYMENT), ("evt_2", None), ("evt_3", PAYMENT)]


async def test_all_of_it_refunded_by_hand(http: httpx.AsyncClient, database: Database) -> None:
    pay(database)
    await tell(http, refund_of(amount=2500))
    assert refunded(database) == ("refunded", 0, 2500)


@pytest.mark.parametrize(
    "other",
    [
        {"metadata": {"payment": PAYMENT}},
        {"payment_intent": "pi_of_another_shop"},
        {"payment_intent": None},
        {"status": "failed"},
        {"status": "canceled"},
    ],
    ids=str,
)
async def test_our_own_refunds_and_those_that_gave_nothing_back_change_nothing(
    http: httpx.AsyncClient, database: Database, other: dict[str, Any]
) -> None:
    pay(database)
    assert (await tell(http, refund_of(**other))).json() == {"outcome": "noted"}
    assert refunded(database) == ("received", 2500, 0)


CARD = "4242424242424242"


@pytest.mark.parametrize("id", ["", "evt_", CARD, f"evt_{CARD}", "evt_1\n", f"evt_{'x' * 101}"])
async def test_an_event_whose_id_is_none_of_stripes_is_ignored(
    http: httpx.AsyncClient, database: Database, caplog: pytest.LogCaptureFixture, id: str
) -> None:
    for body in (body_of(id=id), refund_of(id=id)):
        answer = await tell(http, body)
        assert (answer.status_code, answer.json()) == (200, {"outcome": "ignored"})
    assert noted(database) == []
    assert CARD not in caplog.text


@pytest.mark.parametrize(
    "other", [{"amount": "all"}, *({"refund": id} for id in (CARD, f"re_{CARD}", "re_" + "x" * 51))]
)
async def test_a_refund_of_another_shape_is_ignored(
    http: httpx.AsyncClient, database: Database, other: dict[str, Any]
) -> None:
    pay(database)
    answer = await tell(http, refund_of(**other))
    assert (answer.status_code, answer.json()) == (200, {"outcome": "ignored"})
    assert (noted(database), refunded(database)) == ([], ("received", 2500, 0))


async def test_refunded_before_it_is_received_it_is_to_be_sent_again(
    http: httpx.AsyncClient, database: Database
) -> None:
    pay(database, is_received=False)
    problem = problem_of(await tell(http, refund_of()), 503)
    assert PAYMENT in problem["detail"]
    assert (noted(database), refunded(database)) == ([], ("charging", 2500, 0))


@pytest.mark.parametrize("customer", [True, False])
async def test_refunded_before_we_know_that_it_is_paid_it_is_to_be_sent_again(
    http: httpx.AsyncClient, database: Database, *, customer: bool
) -> None:
    """As if the event of its success were delayed."""
    wait_for(database, customer=customer)
    told = refund_of(payment_intent="pi_open")
    problem_of(await tell(http, told), 503)
    assert (noted(database), refunded(database)[2]) == ([], 0)

    settle(database, "pi_open")

    assert (await tell(http, told)).json() == {"outcome": "told"}
    assert refunded(database) == ("received", 2000, 500)


async def test_while_the_answer_to_a_charge_is_out_its_refund_is_to_be_sent_again(
    http: httpx.AsyncClient, database: Database
) -> None:
    with database.write() as tx:
        payments.request(tx, payment(PAYMENT))
        payments.begin_charge(tx, PAYMENT, 1, "pm_card_visa", datetime.now(UTC))
    problem_of(await tell(http, refund_of()), 503)
    assert noted(database) == []

    settle(database, "pi_paid")

    assert (await tell(http, refund_of())).json() == {"outcome": "told"}
    assert refunded(database) == ("received", 2000, 500)


@pytest.mark.parametrize("later", [timedelta(minutes=10), timedelta(days=-4)], ids=str)
async def test_another_shops_refund_does_not_wait_for_charges_that_it_can_not_be_of(
    http: httpx.AsyncClient, database: Database, later: timedelta
) -> None:
    """One is asked for after it was made; the answer to the other is lost for good."""
    with database.write() as tx:
        payments.request(tx, payment(PAYMENT))
        payments.begin_charge(tx, PAYMENT, 1, "pm_card_visa", datetime.now(UTC) + later)
    answer = await tell(http, refund_of(payment_intent="pi_of_another_shop"))
    assert answer.json() == {"outcome": "noted"}


async def test_another_shops_refund_does_not_wait_for_charges_that_are_open(
    http: httpx.AsyncClient, database: Database
) -> None:
    wait_for(database, customer=False)
    answer = await tell(http, refund_of(payment_intent="pi_of_another_shop"))
    assert answer.json() == {"outcome": "noted"}


async def test_a_bug_that_books_what_was_refunded_anew_is_found(
    http: httpx.AsyncClient, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    bugs.book_refunds_by_hand_anew(monkeypatch)
    with pytest.raises(AssertionError, match="noted"):
        await test_what_was_refunded_by_hand_is_booked_once(http, database)


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
