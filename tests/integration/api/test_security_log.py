"""The security log: who, from where, what, with which outcome; and no secret."""

import json
import logging
from collections.abc import AsyncGenerator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import httpx
import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from starlette.types import Message, Receive, Send
from starlette.types import Scope as Scopes
from temporalio.client import Client

from api import codec_server
from api.app import create_app
from api.auth.scopes import Scope
from api.infrastructure import server
from api.middleware import security_log
from config import Settings
from dev.tokens import OF_A_CUSTOMER, Mint
from security.card_links import CardLinks
from security.payload_keys import new_key
from storage import payments
from storage.database import Database
from tests.integration.api import matrix
from tests.support.examples import add_customer, payment
from tests.support.fake_temporal import FakeTemporal

ADDRESS = "203.0.113.7"


class Api:
    """An API that requires tokens, and its security log."""

    def __init__(
        self, app: FastAPI, http: httpx.AsyncClient, mint: Mint, log: pytest.LogCaptureFixture
    ) -> None:
        self.http, self.mint, self._log = http, mint, log
        self.app = app

    async def ask(self, who: str, method: str, path: str, **request: Any) -> httpx.Response:
        scopes = tuple(Scope) if who == "auth0|operator" else OF_A_CUSTOMER
        headers = {"Authorization": f"Bearer {self.mint.token(who, scopes)}"}
        return await self.http.request(method, path, headers=headers, **request)

    @property
    def lines(self) -> list[str]:
        return [one.getMessage() for one in self._log.records if one.name == "security"]

    @property
    def entries(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.lines]


FEW = 3


@pytest.fixture
async def api(
    settings: Settings,
    database: Database,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    request: pytest.FixtureRequest,
) -> AsyncGenerator[Api]:
    """With a parameter: how many requests an address may send in a minute."""
    caplog.set_level(logging.INFO, "security")
    with database.write() as tx:
        add_customer(tx, "gonzo")
    mint = Mint(tmp_path / "tokens")
    barred = matrix.settings(mint.jwks.parent, settings.database_url)
    if limit := getattr(request, "param", None):
        barred = barred.model_copy(update={"requests_per_minute_and_address": limit})
    app = create_app(barred)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False, client=(ADDRESS, 1))
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://api") as http,
    ):
        temporal = cast("Client", FakeTemporal())
        real = app.state.context.settings.model_copy(update={"development_mode": False})
        # Its payments have no virtual clocks, but it has the routes under /dev.
        app.state.context = replace(app.state.context, temporal=temporal, settings=real)
        yield Api(app, http, mint, caplog)


async def test_a_credit_says_who_gave_it(api: Api) -> None:
    body = {"amount": 700, "reference": "gift-1"}
    answer = await api.ask("auth0|operator", "POST", "/customers/gonzo/credits", json=body)

    [entry] = api.entries
    assert entry.pop("at")
    assert entry == {
        "what": "credit given",
        "who": "auth0|operator",
        "from": ADDRESS,
        "method": "POST",
        "route": "/customers/{id}/credits",
        "of": {"id": "gonzo"},
        "with": {"amount": 700, "reference": "gift-1"},
        "outcome": "done",
        "status": 201,
        "correlation_id": answer.headers["X-Correlation-Id"],
    }


@pytest.mark.parametrize(
    ("method", "path", "body", "what"),
    [
        ("POST", "/customers", {"id": "piggy", "name": "P", "email": "p@x.y"}, "customer created"),
        ("PUT", "/products/lily", {"name": "L", "price": 7, "stock": 8}, "product changed"),
        (
            "POST",
            "/payments/00000000-0000-4000-8000-000000000000/refunds",
            {"amount": 5, "reference": "r"},
            "refund requested",
        ),
        (
            "POST",
            "/payments/00000000-0000-4000-8000-000000000000/refunds/r/settle",
            {"reason": "by cheque"},
            "refund settled outside",
        ),
        ("DELETE", "/dev/troubles", None, "development action"),
    ],
)
async def test_what_only_operators_may_is_logged(
    api: Api, method: str, path: str, body: dict[str, Any] | None, what: str
) -> None:
    answer = await api.ask("auth0|operator", method, path, json=body)
    [entry] = api.entries
    assert (entry["what"], entry["who"], entry["from"]) == (what, "auth0|operator", ADDRESS)
    assert entry["status"] == answer.status_code
    failed = "failed" if answer.status_code == 501 else "refused"
    assert entry["outcome"] == ("done" if answer.is_success else failed)
    # And a customer's attempt.
    assert (await api.ask("gonzo", method, path, json=body)).status_code == 403
    refused = api.entries[1]
    assert (refused["who"], refused["outcome"], refused["status"]) == ("gonzo", "refused", 403)


PLACED: dict[str, Any] = {
    "customer_id": "gonzo",
    "lines": [{"sku": "pond-lily", "quantity": 1}],
}
REQUESTED: dict[str, Any] = {"customer_id": "gonzo", "amount": 2500, "reference": "invoice-7"}
CARD = {"payment_method": "pm_secret"}


@pytest.mark.parametrize(
    ("method", "path", "body", "what", "status"),
    [
        ("POST", "/orders", PLACED, "order placed", 202),
        ("POST", "/orders/{id}/cancel", None, "order canceled", 404),
        ("POST", "/payments", REQUESTED, "payment requested", 202),
        ("PUT", "/payments/{id}/card", CARD, "payment's card updated", 404),
        ("PUT", "/customers/gonzo/card", CARD, "customer's card updated", 200),
    ],
)
async def test_what_customers_change_is_logged(  # noqa: PLR0913, PLR0917  one case
    api: Api, method: str, path: str, body: dict[str, Any] | None, what: str, status: int
) -> None:
    answer = await api.ask("gonzo", method, path.format(id=matrix.ABSENT), json=body)
    assert answer.status_code == status
    [entry] = api.entries
    assert (entry["what"], entry["who"], entry["status"]) == (what, "gonzo", status)
    assert "pm_secret" not in "".join(api.lines)
    if path == "/orders":
        assert entry["with"] == {"customer": "gonzo", "order": answer.json()["id"]}
    if path == "/payments":
        noted = {"customer": "gonzo", "amount": 2500, "reference": "invoice-7"}
        assert entry["with"] == noted | {"payment": answer.json()["id"]}


async def test_who_gives_a_card_by_link_is_logged(api: Api, database: Database) -> None:
    with database.write() as tx:
        payments.request(tx, payment(matrix.WRITTEN))
    deadline = datetime.now(UTC) + timedelta(days=1)
    link = CardLinks([matrix.LINK_KEY], "http://api").link(matrix.WRITTEN, deadline)
    assert link is not None
    token = link.rpartition("/")[2]
    headers = {"Authorization": f"Bearer {token}"}
    answer = await api.http.put("/card-update", json=CARD, headers=headers)
    assert answer.status_code == 202
    [entry] = api.entries
    assert (entry["what"], entry["from"]) == ("card updated by link", ADDRESS)
    assert entry["with"] == {"payment": matrix.WRITTEN}
    assert "pm_secret" not in "".join(api.lines)
    assert token not in "".join(api.lines)


def changes(app: FastAPI) -> set[tuple[str, str]]:
    """Method and path of every route that changes something."""
    return {
        (method, str(route.path))
        for route in iter_route_contexts(app.routes)
        for method in route.methods or ()
        if method not in {"GET", "HEAD", "OPTIONS"}
    }


def test_every_change_has_a_name_or_a_reason_not_to_be_logged(settings: Settings) -> None:
    api = changes(create_app(settings.model_copy(update={"development_mode": True})))
    codec = changes(codec_server.create_app(Settings(payload_keys=new_key("now"))))  # type: ignore[arg-type]
    named = security_log.CHANGES.keys() | security_log.UNLOGGED.keys()
    assert {one for one in api | codec if not one[1].startswith("/dev/")} == named
    assert not security_log.CHANGES.keys() & security_log.UNLOGGED.keys()


async def test_every_change_is_logged(api: Api) -> None:
    """Also of a route that nobody gave a name."""
    app = api.app

    async def new() -> None:
        pass

    app.add_api_route("/new", new, methods=["PATCH"], status_code=204)
    everything = sorted(changes(app) - security_log.UNLOGGED.keys() - {("PUT", "/card-update")})
    for method, path in everything:
        url = path.format(
            id=matrix.ABSENT, sku="lily", reference="r", name="nothing", service="payment"
        )
        await api.ask("auth0|operator", method, url, json={})
    assert [(entry["method"], entry["route"]) for entry in api.entries] == everything
    assert {entry["what"] for entry in api.entries} > {"change", "order placed"}


async def test_a_method_that_a_route_does_not_have_changes_nothing(api: Api) -> None:
    """Strangers could fill the log with them."""
    assert (await api.http.post("/ui-config")).status_code == 405
    assert api.lines == []


async def test_a_new_customer_is_named(api: Api) -> None:
    body = {"id": "piggy", "name": "Miss Piggy", "email": "piggy@example.com"}
    assert (await api.ask("auth0|operator", "POST", "/customers", json=body)).status_code == 201
    [entry] = api.entries
    assert entry["with"] == {"customer": "piggy"}


@pytest.mark.parametrize("api", [FEW], indirect=True)
async def test_who_goes_on_guessing_beyond_a_limit_leaves_a_trace(api: Api) -> None:
    headers = {"Authorization": "Bearer nonsense"}
    for _ in range(FEW + 1):
        await api.http.get("/orders", headers=headers)
    assert [entry["what"] for entry in api.entries] == ["login refused"] * FEW + ["limit reached"]
    assert (api.entries[-1]["status"], api.entries[-1]["from"]) == (429, ADDRESS)


async def test_failed_logins_say_why(api: Api) -> None:
    expired = api.mint.token("kermit", OF_A_CUSTOMER, timedelta(seconds=-60))
    for token in (expired, "nonsense"):
        headers = {"Authorization": f"Bearer {token}"}
        assert (await api.http.get("/orders", headers=headers)).status_code == 401
    assert [entry["what"] for entry in api.entries] == ["login refused"] * 2
    assert "expired" in api.entries[0]["reason"]
    assert all("who" not in entry and entry["from"] == ADDRESS for entry in api.entries)
    assert expired not in "".join(api.lines)


async def test_everyday_requests_are_not_logged(api: Api) -> None:
    assert (await api.http.get("/orders")).status_code == 401  # nobody tried to log in
    assert (await api.ask("gonzo", "GET", "/customers/gonzo")).status_code == 200
    assert (await api.ask("gonzo", "GET", "/customers/kermit-the-second")).status_code == 404
    assert api.lines == []


async def test_forged_webhooks_are_logged(api: Api) -> None:
    forged = {"Stripe-Signature": "t=1,v1=00"}
    answer = await api.http.post("/webhooks/stripe", content=b"{}", headers=forged)
    assert answer.status_code == 400
    assert [entry["what"] for entry in api.entries] == ["webhook refused"]


async def test_no_card_number_and_no_text_of_strangers_is_in_it(api: Api) -> None:
    for id in ("4242424242424242", "a%0Ab", "Kermit%40example.com", "%F0%9F%92%A9"):
        await api.ask("auth0|operator", "POST", f"/customers/{id}/credits", json={})
    assert len(api.entries) >= 3
    for piece in ("4242", "example.com", "\\n", "\n"):
        assert piece not in "".join(api.lines)


async def test_guessing_does_not_fill_the_log(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = 60_000.0
    monkeypatch.setattr(security_log.time, "monotonic", lambda: clock)
    budget = security_log.RefusalBudget()
    taken = [budget.allows(ADDRESS) for _ in range(100)]
    assert sum(taken) == security_log.REFUSALS_PER_MINUTE
    assert budget.allows("203.0.113.8")
    clock += 60
    assert budget.allows(ADDRESS)
    [entry] = api.entries
    assert (entry["what"], entry["from"]) == ("refusals not logged", {ADDRESS: 70})


def test_what_was_not_logged_is_reported_when_the_minute_ends(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "security")
    later: list[tuple[Any, ...]] = []
    loop = SimpleNamespace(call_later=lambda *call: later.append(call))
    monkeypatch.setattr(security_log.asyncio, "get_running_loop", lambda: loop)
    monkeypatch.setattr(security_log.time, "monotonic", lambda: 60_010.0)
    budget = security_log.RefusalBudget()
    for _ in range(security_log.REFUSALS_PER_MINUTE + 7):
        budget.allows(ADDRESS)
    [(delay, end, *arguments)] = later
    assert (delay, caplog.messages) == (50, [])
    end(*arguments)
    end(*arguments)
    [line] = caplog.messages
    assert json.loads(line)["from"] == {ADDRESS: 7}


async def test_what_was_not_logged_is_reported_at_the_end(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "security")

    async def refusing(scope: Scopes, _receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await send({"type": "http.response.start", "status": 403, "headers": []})

    async def nothing(_message: Message | None = None) -> Any:
        return None

    logged = security_log.SecurityLog(refusing)
    request = {"type": "http", "method": "GET", "path": "/x", "headers": [], "client": (ADDRESS, 1)}
    for _ in range(security_log.REFUSALS_PER_MINUTE + 7):
        await logged(dict(request), nothing, nothing)
    await logged({"type": "lifespan"}, nothing, nothing)
    counted = [json.loads(line)["from"] for line in caplog.messages if "not logged" in line]
    assert sum(one[ADDRESS] for one in counted) == 7


def test_a_file_is_appended_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    security = logging.getLogger("security")
    monkeypatch.setattr(security, "handlers", [])
    monkeypatch.setattr(security, "propagate", True)
    monkeypatch.setattr(security, "level", logging.INFO)
    file = tmp_path / "security.jsonl"
    file.write_text("before\n")
    server._open_security_log(str(file), 1_000_000)
    security.info("%s", '{"what": "x"}')
    [handler] = security.handlers
    handler.close()
    assert file.read_text() == 'before\n{"what": "x"}\n'
    with pytest.raises(SystemExit, match=r"^SECURITY_LOG=.* can't be opened: "):
        server._open_security_log(str(tmp_path / "no" / "file"), 1_000_000)
