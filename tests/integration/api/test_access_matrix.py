"""Every endpoint by every kind of caller, as the OpenAPI document has them."""

from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from shutil import copyfile
from typing import Any, cast

import httpx
import pytest
import pytest_asyncio
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from sqlalchemy import func, select
from temporalio.client import Client

from api.app import create_app
from api.auth.scopes import Scope
from api.dev import choreography_routes, routes
from api.middleware.authentication import CARD_LINK_PATHS, PUBLIC_PREFIXES, is_public
from api.services import payment_clock
from domain.events import CreditCardCharged, PaymentReceived
from domain.statuses import RefundState
from gateways.card_authentication import CardAuthentication
from security.card_links import CardLinks
from storage import orders, payments, refund_states, refunds, tables
from storage.database import Database
from tests.integration.api.matrix import (
    ABSENT,
    ACCEPTED,
    ENDPOINTS,
    LINK_KEY,
    OWNER,
    RECEIVED,
    REFUSED,
    REFUSED_REFUND,
    STRANGER,
    WRITTEN,
    Bearers,
    Endpoint,
    settings,
)
from tests.integration.api.problems import problem_of
from tests.support.examples import (
    NOON,
    add_customer,
    add_product,
    add_unauthenticated,
    order,
    payment,
)
from tests.support.fake_card_authentication import SECRET, FakeCardAuthentication
from tests.support.fake_event_chain import FakeEventChain
from tests.support.fake_fault_injection import FakeFaultInjector, fake_audit
from tests.support.fake_temporal import FakeTemporal, FakeTimeSkipper
from tests.verification.bugs import access
from workflows.messages import OrderInput, PaymentInput, TermsSnapshot

pytestmark = pytest.mark.asyncio(loop_scope="module")

SECRETS = ("Kermit", "kermit@example.com", "4242", SECRET)
"""Of the owner."""

BARRED = [endpoint for endpoint in ENDPOINTS if endpoint.scopes is not None]
CELLS = [(endpoint, kind) for endpoint in ENDPOINTS for kind in REFUSED]
SCOPES = [(endpoint, scope) for endpoint in BARRED for scope in endpoint.scopes or ()]
# A clock can be moved on, and a charge be authenticated, only once the payment is written down.
PLACES = [
    (one, id)
    for one in ENDPOINTS
    for id in (WRITTEN, ACCEPTED)
    if id == WRITTEN
    or (
        "{id}" in one.path
        and not one.path.startswith("/dev")
        and "/authentic" not in one.path
        and "/refunds" not in one.path
    )
]


@dataclass
class World:
    """An API that requires tokens, and what is behind it: an order of Kermit's, and one more."""

    http: httpx.AsyncClient
    database: Database
    temporal: FakeTemporal
    bearers: Bearers

    async def ask(
        self, endpoint: Endpoint, token: str | None, id: str = WRITTEN, customer: str = OWNER
    ) -> httpx.Response:
        """As the bearer of the token."""
        request = endpoint.request(id, customer)
        headers = request.pop("headers", {})
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        return await self.http.request(**request, headers=headers)

    def right(self, endpoint: Endpoint, bearer: str, scopes: tuple[str, ...], id: str) -> str:
        """The token that the endpoint requires."""
        if not endpoint.linked:
            return self.bearers.mint.token(bearer, scopes)
        link = CardLinks([LINK_KEY], "http://api").link(id, datetime.now(UTC) + timedelta(days=1))
        return (link or "").rpartition("/")[2]

    def state(self) -> list[Any]:
        """What anybody might have changed."""
        with self.database.read() as tx:
            counts = [
                tx.execute(select(func.count()).select_from(table)).scalar_one()
                for table in tables.metadata.sorted_tables
            ]
        return [counts, list(self.temporal.asked)]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory, migrated: Path) -> AsyncGenerator[World]:
    folder = tmp_path_factory.mktemp("matrix")
    url = f"sqlite:///{copyfile(migrated, folder / 'orders.db')}"
    bearers = Bearers(folder)
    database = Database(url)
    _fill(database)
    temporal = FakeTemporal(
        {
            f"order/{ACCEPTED}": OrderInput.of(order(ACCEPTED), TermsSnapshot()),
            f"payment/{ACCEPTED}": PaymentInput.of(payment(ACCEPTED), TermsSnapshot()),
            f"payment/{WRITTEN}": None,
        }
    )
    app = create_app(settings(folder, url))
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(payment_clock, "TimeSkipper", FakeTimeSkipper)
        patch.setattr(routes, "FaultInjector", FakeFaultInjector)
        patch.setattr(routes, "run_audit", fake_audit)
        patch.setattr(choreography_routes, "EventChain", FakeEventChain)
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(transport=transport, base_url="http://api") as http,
        ):
            context = app.state.context
            app.state.context = replace(
                context,
                temporal=cast("Client", temporal),
                card_authentication=cast("CardAuthentication", FakeCardAuthentication()),
            )
            yield World(http, database, temporal, bearers)
    database.close()


def _fill(database: Database) -> None:
    with database.write() as tx:
        add_customer(tx, OWNER)
        add_customer(tx, STRANGER)
        add_product(tx)
        orders.place(tx, order(WRITTEN))
        payments.request(tx, payment(WRITTEN))
        add_unauthenticated(tx, WRITTEN)
        payments.request(tx, payment(RECEIVED))
        payments.record(tx, RECEIVED, CreditCardCharged(at=NOON, amount=2500))
        payments.record(tx, RECEIVED, PaymentReceived(at=NOON))
        refund, _ = refunds.begin_part(tx, RECEIVED, REFUSED_REFUND, 700, NOON)
        refund_states.settle(tx, refund, RefundState.REFUSED, NOON, failure="charge_disputed")


@pytest.mark.parametrize(("endpoint", "kind"), CELLS, ids=str)
async def test_who_is_not_known_is_refused(world: World, endpoint: Endpoint, kind: str) -> None:
    before = world.state()
    token = world.bearers.token(kind, endpoint.caller, endpoint.scopes or ())
    answer = await world.ask(endpoint, token)
    if endpoint.scopes is None:
        assert answer.status_code == 200
        return
    problem = problem_of(answer, 401)
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert ("invalid_token" in answer.headers["www-authenticate"]) == (kind != "no token")
    if token:
        parts = token.split(".")
        said = f"{problem}{answer.headers}"
        assert not [part for part in parts if part and part in said]
    assert world.state() == before


@pytest.mark.parametrize(("endpoint", "scope"), SCOPES, ids=str)
async def test_every_scope_is_needed(world: World, endpoint: Endpoint, scope: str) -> None:
    before = world.state()
    others = tuple(one for one in Scope if one != scope)
    answer = await world.ask(endpoint, world.bearers.mint.token(endpoint.caller, others))
    problem_of(answer, 403)
    assert f'scope="{" ".join(endpoint.scopes or ())}"' in answer.headers["www-authenticate"]
    assert world.state() == before


@pytest.mark.parametrize("endpoint", [one for one in BARRED if one.linked], ids=str)
async def test_no_login_is_a_link(world: World, endpoint: Endpoint) -> None:
    before = world.state()
    for bearer in (endpoint.caller, "operator"):
        answer = await world.ask(endpoint, world.bearers.mint.token(bearer, tuple(Scope)))
        problem_of(answer, 401)
    assert world.state() == before


@pytest.mark.parametrize("endpoint", [one for one in BARRED if not one.linked], ids=str)
async def test_no_link_is_a_login(world: World, endpoint: Endpoint) -> None:
    before = world.state()
    token = world.right(replace(endpoint, linked=True), "", (), WRITTEN)
    problem_of(await world.ask(endpoint, token), 401)
    assert world.state() == before


@pytest.mark.parametrize("id", [WRITTEN, ACCEPTED], ids=["written", "accepted"])
@pytest.mark.parametrize("endpoint", BARRED, ids=str)
async def test_what_is_another_customers_is_not_there(
    world: World, endpoint: Endpoint, id: str
) -> None:
    """The answer is the very same as for what there is nothing of, but for the id itself."""
    before = world.state()
    everything = tuple(scope for scope in Scope if scope != Scope.OPERATOR)
    token = world.bearers.mint.token(STRANGER, everything)
    theirs = await world.ask(endpoint, token, id, OWNER)
    nobodys = await world.ask(endpoint, token, ABSENT, "nobody")
    assert theirs.status_code == nobodys.status_code
    assert theirs.text.replace(id, "it").replace(OWNER, "it") == nobodys.text.replace(
        ABSENT, "it"
    ).replace("nobody", "it")
    assert not [secret for secret in SECRETS if secret in theirs.text]
    if Scope.OPERATOR in (endpoint.scopes or ()):
        problem_of(theirs, 403)
    elif "{id}" in endpoint.path:
        problem_of(theirs, 404)
    assert world.state() == before


@pytest.mark.parametrize(("endpoint", "id"), PLACES, ids=str)
async def test_the_right_token(world: World, endpoint: Endpoint, id: str) -> None:
    about = "piggy" if endpoint.path == "/customers" else OWNER
    token = world.right(endpoint, endpoint.caller, endpoint.scopes or (), id)
    answer = await world.ask(endpoint, token, id, about)
    assert answer.is_success, answer.text
    # Nobody else's browser or proxy keeps what is somebody's.
    assert (answer.headers.get("cache-control") == "no-store") == (endpoint.scopes is not None)


@pytest.mark.parametrize(("endpoint", "id"), PLACES, ids=str)
async def test_the_operator_may_touch_everybodys(world: World, endpoint: Endpoint, id: str) -> None:
    about = "fozzie" if endpoint.path == "/customers" else OWNER
    token = world.right(endpoint, "operator", tuple(Scope), id)
    answer = await world.ask(endpoint, token, id, about)
    assert answer.is_success, answer.text


@pytest.mark.parametrize(
    "bug",
    [
        access.every_row_is_everybodys,
        access.every_input_is_everybodys,
        access.one_scope_is_enough,
        access.signatures_are_not_checked,
        access.audiences_are_not_checked,
    ],
)
async def test_a_door_left_open_is_found(
    world: World, monkeypatch: pytest.MonkeyPatch, bug: Callable[[pytest.MonkeyPatch], None]
) -> None:
    bug(monkeypatch)
    assert await _is_a_door_open(world)


async def test_no_door_is_open(world: World) -> None:
    """Otherwise a missing check would be found anywhere."""
    assert not await _is_a_door_open(world)


async def _is_a_door_open(world: World) -> bool:
    cells = [
        *(partial(test_who_is_not_known_is_refused, world, *cell) for cell in CELLS),
        *(partial(test_every_scope_is_needed, world, *cell) for cell in SCOPES),
        *(
            partial(test_what_is_another_customers_is_not_there, world, endpoint, id)
            for endpoint in BARRED
            for id in (WRITTEN, ACCEPTED)
        ),
    ]
    for cell in cells:
        try:
            await cell()
        except AssertionError:
            return True
    return False


async def test_what_is_open_is_said_to_be() -> None:
    """An endpoint without a scope is in the list of what is open, and the other way round."""
    for endpoint in ENDPOINTS:
        assert (endpoint.path in CARD_LINK_PATHS) == endpoint.linked, endpoint
        said = endpoint.scopes is None or endpoint.linked
        assert is_public(endpoint.path) == said, endpoint


async def test_nothing_is_open_beside_the_document(tmp_path: Path) -> None:
    """Routes that the document does not have are there for the document itself."""
    app: FastAPI = create_app(settings(tmp_path))
    documented = {str(endpoint) for endpoint in ENDPOINTS}
    hidden = {
        str(route.path)
        for route in iter_route_contexts(app.routes)
        for method in route.methods or {"ANY"}
        if f"{method} {route.path}" not in documented
    }
    assert {
        path for path in hidden if not is_public(path) and f"{path}/" not in PUBLIC_PREFIXES
    } == set()
    assert "/docs" in hidden


async def test_what_is_not_there_is_nobodys_business(world: World) -> None:
    for path in ("/nowhere", "/docsy", "/assets", "/healthz%2f..%2forders"):
        problem_of(await world.http.get(path), 401)
    problem_of(await world.http.delete("/orders"), 401)
    for path in ("/docs", "/openapi.json", "/static-offline-docs/swagger-ui.css"):
        assert (await world.http.get(path)).status_code == 200


async def test_a_stranger_is_told_nothing_of_the_body(world: World) -> None:
    """Who they are comes first: before a body is read, a path is looked at, or a field."""
    for content in (b"{", b'{"card": "4242 4242 4242 4242"}', b"x" * 100_000):
        problem_of(await world.http.post("/orders", content=content), 401)
    token = world.bearers.mint.token(OWNER, ())
    headers = {"Authorization": f"Bearer {token}"}
    problem_of(await world.http.post("/orders", json={}, headers=headers), 403)
    problem_of(await world.http.get("/orders/1", headers=headers), 403)


@pytest.mark.parametrize(
    ("said", "fault"),
    [
        ("Basic a2VybWl0Omtlcm1pdA==", "not sent as a bearer token"),
        ("Bearer", "not well-formed"),
        ("Bearer a.b.c", "not well-formed"),
        ("Bearer " + "x" * 10_000, "not well-formed"),
    ],
)
async def test_what_is_no_token(world: World, said: str, fault: str) -> None:
    answer = await world.http.get("/orders", headers={"Authorization": said})
    assert fault in problem_of(answer, 401)["detail"]


async def test_two_tokens_are_none(world: World) -> None:
    token = world.bearers.mint.token(OWNER, (Scope.ORDERS_READ,))
    headers = [("Authorization", f"Bearer {token}")] * 2
    problem_of(await world.http.get("/orders", headers=headers), 401)
