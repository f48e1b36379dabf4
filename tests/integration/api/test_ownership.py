"""What customers can find out about each other by other ways than ids: nothing."""

import asyncio
import json
import time
from collections.abc import AsyncGenerator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast
from uuid import uuid5

import httpx
import pytest
from temporalio.client import Client

from api.app import create_app
from api.auth.scopes import Scope
from api.services import event_streams
from api.services.orders import ORDER_ID_NAMESPACE
from config import Settings
from dev.tokens import OF_A_CUSTOMER, Mint
from domain.events import CreditCardCharged, CreditCardFailed, PaymentReceived
from domain.statuses import RefundState
from storage import charges, disputes, orders, payments, refund_states, refunds
from storage.database import Database
from tests.integration.api import matrix
from tests.integration.api.problems import fields_of, problem_of
from tests.support.examples import NOON, add_customer, later, order, payment
from tests.support.fake_disputes import dispute
from tests.support.fake_temporal import FakeTemporal

LINES = [{"sku": "pond-lily", "quantity": 1}]


class Shop:
    """An API that requires tokens, as several people see it."""

    def __init__(self, http: httpx.AsyncClient, mint: Mint, temporal: FakeTemporal) -> None:
        self.http, self.mint, self.temporal = http, mint, temporal

    async def ask(self, who: str, method: str, path: str, **request: Any) -> httpx.Response:
        """As that customer, or as the operator."""
        scopes = tuple(Scope) if who == "operator" else OF_A_CUSTOMER
        headers = request.pop("headers", {})
        headers["Authorization"] = f"Bearer {self.mint.token(who, scopes)}"
        return await self.http.request(method, path, headers=headers, **request)

    async def order(self, who: str, customer: str, key: str, **more: Any) -> httpx.Response:
        """`POST /orders` under an idempotency key."""
        body = {"customer_id": customer, "lines": LINES} | more
        return await self.ask(who, "POST", "/orders", json=body, headers={"Idempotency-Key": key})

    async def pay(self, who: str, customer: str, amount: int) -> httpx.Response:
        """`POST /payments`, always under the same reference."""
        body = {"customer_id": customer, "amount": amount, "reference": "invoice-7"}
        return await self.ask(who, "POST", "/payments", json=body)


@pytest.fixture
async def shop(settings: Settings, database: Database, tmp_path: Path) -> AsyncGenerator[Shop]:
    """With the customers Kermit and Gonzo, and a pond lily."""
    with database.write() as tx:
        add_customer(tx, "gonzo")
    mint = Mint(tmp_path / "tokens")
    barred = matrix.settings(mint.jwks.parent, settings.database_url)
    app = create_app(barred.model_copy(update={"development_mode": False}))
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://api") as http,
    ):
        temporal = FakeTemporal()
        app.state.context = replace(app.state.context, temporal=cast("Client", temporal))
        yield Shop(http, mint, temporal)


async def test_an_idempotency_key_is_the_customers_own(shop: Shop, database: Database) -> None:
    kermits = (await shop.order("kermit", "kermit", "k-1")).json()["id"]
    gonzos = await shop.order("gonzo", "gonzo", "k-1", policy="charge_later")
    assert gonzos.status_code == 202
    assert gonzos.json()["id"] != kermits
    assert gonzos.json()["customer_id"] == "gonzo"
    with database.write() as tx:
        orders.place(tx, order(kermits))
    again = await shop.order("kermit", "kermit", "k-1")
    assert (again.status_code, again.json()["id"]) == (202, kermits)
    assert fields_of(await shop.order("kermit", "kermit", "k-1", policy="charge_later")) == {
        "Idempotency-Key"
    }


async def test_the_operators_keys_are_those_of_an_installation_without_tokens(shop: Shop) -> None:
    placed = await shop.order("operator", "kermit", "k-1")
    assert placed.json()["id"] == str(uuid5(ORDER_ID_NAMESPACE, "k-1"))


async def test_a_payments_reference_is_the_customers_own(shop: Shop, database: Database) -> None:
    kermits = (await shop.pay("kermit", "kermit", 2500)).json()["id"]
    with database.write() as tx:
        payments.request(tx, payment(kermits))
    gonzos = await shop.pay("gonzo", "gonzo", 50)
    assert gonzos.status_code == 202
    assert gonzos.json()["id"] != kermits
    problem_of(await shop.pay("kermit", "kermit", 60), 409)
    assert (await shop.pay("kermit", "kermit", 2500)).json()["id"] == kermits


async def test_nobody_buys_for_somebody_else(shop: Shop) -> None:
    for customer in ("kermit", "nobody"):
        assert fields_of(await shop.order("gonzo", customer, "k-1")) == {"customer_id"}
        assert fields_of(await shop.pay("gonzo", customer, 50)) == {"customer_id"}
    assert shop.temporal.asked == []


async def test_pages_and_cursors_show_ones_own(shop: Shop, database: Database) -> None:
    with database.write() as tx:
        for number in range(6):
            owner = ("kermit", "gonzo")[number % 2]
            orders.place(tx, order(f"o-{number}", customer_id=owner, placed_at=later(days=number)))
    first = (await shop.ask("kermit", "GET", "/orders?limit=1")).json()
    assert [one["id"] for one in first["orders"]] == ["o-4"]
    # Whoever uses it.
    rest = f"/orders?cursor={first['next_cursor']}"
    for who, ids in (
        ("kermit", ["o-2", "o-0"]),
        ("gonzo", ["o-3", "o-1"]),
        ("operator", ["o-3", "o-2", "o-1", "o-0"]),
    ):
        shown = (await shop.ask(who, "GET", rest)).json()["orders"]
        assert [one["id"] for one in shown] == ids
    of_kermit = "/orders?customer_id=kermit"
    assert (await shop.ask("gonzo", "GET", of_kermit)).json()["orders"] == []
    assert len((await shop.ask("operator", "GET", of_kermit)).json()["orders"]) == 3


async def test_a_stream_is_for_its_owner(shop: Shop, database: Database) -> None:
    with database.write() as tx:
        orders.place(tx, order(matrix.WRITTEN))
        payments.request(tx, payment(matrix.WRITTEN))
    for kind in ("orders", "payments"):
        path = f"/{kind}/{matrix.WRITTEN}/events"
        headers = {"Accept": "text/event-stream"}
        problem_of(await shop.ask("gonzo", "GET", path, headers=headers), 404)
        also = f"/orders/{matrix.WRITTEN}/events?also={kind[:-1]}/{matrix.ABSENT}"
        problem_of(await shop.ask("kermit", "GET", also, headers=headers), 404)


async def test_a_stream_ends_with_its_token(
    shop: Shop, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Streams have a clock a day ahead, so that the token expires as soon as it was accepted."""
    with database.write() as tx:
        orders.place(tx, order(matrix.WRITTEN))
    tomorrow = time.time() + timedelta(days=1).total_seconds()
    monkeypatch.setattr(event_streams, "time", SimpleNamespace(time=lambda: tomorrow))
    headers = {"Accept": "text/event-stream"}
    async with asyncio.timeout(30):
        answer = await shop.ask(
            "kermit", "GET", f"/orders/{matrix.WRITTEN}/events", headers=headers
        )
    assert "event: OrderPlaced" in answer.text


async def test_a_customer_who_is_not_there_yet_sees_that_there_is_nothing(shop: Shop) -> None:
    problem_of(await shop.ask("piggy", "GET", "/customers/piggy"), 404)
    assert (await shop.ask("piggy", "GET", "/orders")).json()["orders"] == []
    assert fields_of(await shop.order("piggy", "piggy", "k-1")) == {"customer_id"}


@pytest.mark.parametrize(
    ("decline_code", "shown"),
    [("stolen_card", "generic_decline"), ("do_not_honor", "do_not_honor"), (None, None)],
)
async def test_a_confidential_decline_is_the_operators(
    shop: Shop, database: Database, decline_code: str | None, shown: str | None
) -> None:
    """Stripe advises not to report it to the customer, who may be the thief."""
    failed = CreditCardFailed(
        at=later(hours=1),
        code="card_declined",
        decline_code=decline_code,
        advice_code="do_not_try_again",
        message="Your card was declined.",
    )
    id = matrix.WRITTEN
    with database.write() as tx:
        orders.place(tx, order(id))
        payments.request(tx, payment(id))
        payments.record(tx, id, failed)
    paths = (f"/payments/{id}", f"/orders/{id}", "/orders", f"/payments/{id}/events")
    for who, code in (("kermit", shown), ("operator", decline_code)):
        answers = [(await shop.ask(who, "GET", path)).json() for path in paths]
        codes = [
            answers[0]["failure"]["decline_code"],
            answers[1]["payment"]["failure"]["decline_code"],
            answers[2]["orders"][0]["payment"]["failure"]["decline_code"],
            answers[3]["events"][-1]["data"]["decline_code"],
        ]
        assert codes == [code] * 4, who
        shown = json.dumps(answers)
        assert ("stolen" in shown) is (code == "stolen_card"), who
        assert answers[3]["events"][-1]["data"]["message"] == failed.message
    (waiting,) = (await shop.ask("operator", "GET", "/operations/waiting")).json()["payments"]
    assert waiting["failure"] == {
        "code": "card_declined",
        "decline_code": decline_code,
        "message": "Your card was declined.",
    }


async def test_the_providers_reasons_about_refunds_and_disputes_are_the_operators(
    shop: Shop, database: Database
) -> None:
    id = matrix.WRITTEN
    with database.write() as tx:
        payments.request(tx, payment(id))
        charge = charges.begin(tx, id, 1, "pm_1", NOON)
        charges.settle(tx, charge.model_copy(update={"charge_id": "pi_paid"}))
        payments.record(tx, id, CreditCardCharged(at=NOON, amount=2500))
        payments.record(tx, id, PaymentReceived(at=NOON))
        refund, _ = refunds.begin_part(tx, id, "return-3", 500, NOON)
        refund_states.settle(tx, refund, RefundState.FAILED, NOON, failure="lost_or_stolen_card")
        disputes.record(tx, dispute(reason="fraudulent"), NOON)
    reasons = {"kermit": [None, None], "operator": ["lost_or_stolen_card", "fraudulent"]}
    for who, expected in reasons.items():
        listed = (await shop.ask(who, "GET", f"/payments/{id}/refunds")).json()
        assert listed["can_refund"] is (who == "operator")
        [refused] = listed["refunds"]
        [disputed] = (await shop.ask(who, "GET", f"/payments/{id}/disputes")).json()["disputes"]
        assert (refused["status"], disputed["status"]) == ("failed", "needs_response")
        assert [refused["failure"], disputed["reason"]] == expected


@pytest.mark.parametrize("subject", ["auth0|abc", "kermit@example.com", "https://issuer.test/a/b"])
async def test_a_subject_of_an_issuer_is_a_customer(shop: Shop, subject: str) -> None:
    new = {"subject": subject, "name": "Piggy", "email": "piggy@example.com"}
    assert (await shop.ask(subject, "GET", "/orders")).json()["orders"] == []

    made = await shop.ask("operator", "POST", "/customers", json=new)

    assert made.status_code == 201
    id = made.json()["id"]
    assert (await shop.ask("operator", "POST", "/customers", json=new)).status_code == 200
    assert (await shop.ask(subject, "GET", f"/customers/{id}")).json()["name"] == "Piggy"
    assert (await shop.ask(id, "GET", f"/customers/{id}")).status_code == 404
    assert (await shop.order(subject, id, "key")).status_code == 202
    assert (await shop.order(subject, "gonzo", "key-2")).status_code == 422


async def test_an_id_that_does_not_follow_from_the_subject_is_refused(shop: Shop) -> None:
    new = {"id": "piggy", "subject": "auth0|abc", "name": "Piggy", "email": "piggy@example.com"}
    for odd in (new, new | {"subject": ""}, new | {"subject": 1}, new | {"subject": "x" * 256}):
        assert (await shop.ask("operator", "POST", "/customers", json=odd)).status_code == 422


async def test_odd_claims_are_401(shop: Shop) -> None:
    claims: tuple[dict[str, Any], ...] = (
        {"exp": []},
        {"exp": float("inf")},
        {"scope": {}},
        {"sub": 1},
        {"aud": {}},
    )
    for odd in claims:
        token = shop.mint.token("kermit", OF_A_CUSTOMER, **odd)
        headers = {"Authorization": f"Bearer {token}"}
        problem_of(await shop.http.get("/customers/kermit", headers=headers), 401)
