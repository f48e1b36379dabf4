"""What happens while Temporal or the database is unavailable: 503, and nothing half done."""

import asyncio
import socket
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self, cast

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import func, select
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from api.app import create_app
from api.infrastructure.temporal import CARD_UPDATE_WORKFLOW, ORDER_WORKFLOW, PAYMENT_WORKFLOW
from api.services import payment_clock
from config import Settings
from storage import orders, payments, tables
from storage.database import Database
from tests.integration.api.problems import problem_of
from tests.support.examples import add_customer, order, payment
from tests.support.fake_temporal import FakeTemporal, FakeWorkflow

ID = "6a1f8e9e-5d9e-4a53-9d53-0f0a3f0a9e21"
ORDER = {"customer_id": "kermit", "lines": [{"sku": "pond-lily", "quantity": 1}]}
PAYMENT = {"customer_id": "kermit", "amount": 2500, "reference": "invoice-7"}
CARD = {"payment_method": "pm_card_visa"}
NEEDS_TEMPORAL: list[tuple[str, str, object]] = [
    ("POST", "/orders", ORDER),
    ("GET", f"/orders/{ID}", None),
    ("GET", f"/orders/{ID}/events", None),
    ("POST", f"/orders/{ID}/cancel", None),
    ("POST", "/payments", PAYMENT),
    ("GET", f"/payments/{ID}", None),
    ("PUT", f"/payments/{ID}/card", CARD),
    ("PUT", "/customers/kermit/card", CARD),
    ("POST", f"/dev/payments/{ID}/fast-forward", {"days": 2}),
    ("GET", "/readyz", None),
]


@pytest.mark.parametrize(("method", "path", "body"), NEEDS_TEMPORAL)
async def test_temporal_is_away(
    http: httpx.AsyncClient, database: Database, method: str, path: str, body: object
) -> None:
    problem = problem_of(await http.request(method, path, json=body), 503)
    assert "Temporal" in problem["detail"]
    assert "database" not in problem["detail"]
    with database.read() as tx:
        for table in (tables.orders, tables.payments, tables.events):
            assert tx.execute(select(func.count()).select_from(table)).scalar_one() == 0


async def test_temporal_does_not_answer(
    settings: Settings, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody takes the connection, and then says nothing: without a limit, for ever."""
    del database
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setenv("TEMPORAL_ADDRESS", f"127.0.0.1:{silent.getsockname()[1]}")
        app = create_app(settings)
        async with app.router.lifespan_context(app), _client(app) as http:
            answers = await asyncio.gather(*(http.post("/orders", json=ORDER) for _ in range(3)))
            for answer in answers:
                assert problem_of(answer, 503)["type"] == "urn:problem-type:outcome-unknown"


@dataclass
class LateTemporal(FakeTemporal):
    """A Temporal that answers no request to start anything in time, but may start it."""

    failure: Exception = field(default_factory=TimeoutError)
    starts: bool = True
    answers: bool = True
    ids: list[str] = field(default_factory=list[str])
    """Of the workflows that it was asked to start, behind the kind."""

    async def start_workflow(
        self, workflow: str, input: object, *, id: str, **options: Any
    ) -> FakeWorkflow:
        self.ids.append(id.partition("/")[2])
        if self.starts:
            await super().start_workflow(workflow, input, id=id, **options)
        raise self.failure

    def get_workflow_handle(self, id: str) -> "LateWorkflow":
        return LateWorkflow(self, id, failure=self.failure, answers=self.answers)


@dataclass
class LateWorkflow(FakeWorkflow):
    """One that may be there."""

    workflow_type: str = "Workflow"
    failure: Exception = field(kw_only=True)
    answers: bool = field(kw_only=True)

    async def describe(self) -> Self:
        if not self.answers:
            raise TimeoutError
        return await super().describe()

    async def execute_update(self, name: str, payload: object = None) -> None:
        del name, payload
        raise self.failure


class OvertakenClock:
    """Some other fast-forward always comes in between."""

    def __init__(self, _client: object) -> None:
        pass

    async def get_current_time(self, _workflow: object) -> datetime:
        return datetime.now(UTC)

    async def fast_forward(self, *_: object) -> bool:
        raise RuntimeError("overridden by a later fast-forward")


def _rpc_error(status: RPCStatusCode) -> RPCError:
    return RPCError("", status, b"")


@pytest.mark.parametrize(("path", "body"), [("/orders", ORDER), ("/payments", PAYMENT)])
@pytest.mark.parametrize(
    "failure",
    [
        TimeoutError(),
        *map(
            _rpc_error,
            (
                RPCStatusCode.ABORTED,
                RPCStatusCode.DEADLINE_EXCEEDED,
                RPCStatusCode.INTERNAL,
                RPCStatusCode.UNAVAILABLE,
                RPCStatusCode.UNKNOWN,
            ),
        ),
    ],
)
async def test_what_was_started_is_accepted_though_temporal_did_not_say_so(  # noqa: PLR0913, PLR0917 fixtures and cases
    app: FastAPI,
    http: httpx.AsyncClient,
    monkeypatch: pytest.MonkeyPatch,
    path: str,
    body: object,
    failure: Exception,
) -> None:
    monkeypatch.setattr(payment_clock, "TimeSkipper", OvertakenClock)
    temporal = _late(app, LateTemporal(failure=failure, starts=True))
    answer = await http.post(path, json=body)
    assert answer.status_code == 202, answer.text
    assert [answer.json()["id"]] == temporal.ids
    assert answer.headers["location"] == f"{path}/{temporal.ids[0]}"


@pytest.mark.parametrize(("path", "body"), [("/orders", ORDER), ("/payments", PAYMENT)])
@pytest.mark.parametrize("answers", [True, False])
async def test_what_may_have_been_started_is_named(
    app: FastAPI, http: httpx.AsyncClient, path: str, body: object, *, answers: bool
) -> None:
    temporal = _late(app, LateTemporal(starts=False, answers=answers))
    problem = problem_of(await http.post(path, json=body), 503)
    assert problem["type"] == "urn:problem-type:outcome-unknown"
    assert f"{path}/{temporal.ids[0]}" in problem["detail"]


@pytest.mark.parametrize(
    "failure",
    [
        RuntimeError(),
        _rpc_error(RPCStatusCode.RESOURCE_EXHAUSTED),
        _rpc_error(RPCStatusCode.UNAUTHENTICATED),
        _rpc_error(RPCStatusCode.PERMISSION_DENIED),
    ],
)
async def test_what_was_not_started_for_sure_may_be_asked_for_again(
    app: FastAPI, http: httpx.AsyncClient, failure: Exception
) -> None:
    _late(app, LateTemporal(failure=failure, starts=False))
    problem = problem_of(await http.post("/orders", json=ORDER), 503)
    assert problem["type"] == "urn:problem-type:dependency-away"


@pytest.mark.parametrize("status", [RPCStatusCode.FAILED_PRECONDITION, RPCStatusCode.NOT_FOUND])
async def test_a_cancellation_that_got_lost_with_a_server_may_be_asked_for_again(
    app: FastAPI, http: httpx.AsyncClient, database: Database, status: RPCStatusCode
) -> None:
    """The workflow's last task is lost, or the update, and not the order."""
    with database.write() as tx:
        add_customer(tx)
        orders.place(tx, order(ID))
    _late(app, LateTemporal(failure=_rpc_error(status), starts=False))

    problem = problem_of(await http.post(f"/orders/{ID}/cancel"), 503)

    assert problem["type"] == "urn:problem-type:answer-pending"


def _late(app: FastAPI, temporal: LateTemporal) -> LateTemporal:
    app.state.context = replace(app.state.context, temporal=cast("Client", temporal))
    return temporal


async def test_two_fast_forwards_at_once(
    app: FastAPI, http: httpx.AsyncClient, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The overtaken one gets a conflict, not that Temporal is unavailable."""

    with database.write() as tx:
        payments.request(tx, payment(ID))
    temporal = _late(app, LateTemporal())
    temporal.inputs[f"payment/{ID}"] = None
    monkeypatch.setattr(payment_clock, "TimeSkipper", OvertakenClock)
    answer = await http.post(f"/dev/payments/{ID}/fast-forward", json={"days": 1})
    assert "Another fast-forward" in problem_of(answer, 409)["detail"]


async def test_what_needs_no_temporal(http: httpx.AsyncClient) -> None:
    for path in ("/healthz", "/metrics", "/products", "/customers/kermit", "/orders", "/docs"):
        assert (await http.get(path)).status_code == 200, path


@pytest.fixture
async def without_database(tmp_path: Path, settings: Settings) -> AsyncGenerator[httpx.AsyncClient]:
    """A client of an application whose database can't be opened."""
    url = f"sqlite:///{tmp_path}/folder/orders.db"
    app = create_app(settings.model_copy(update={"database_url": url}))
    async with app.router.lifespan_context(app), _client(app) as http:
        (tmp_path / "folder").rmdir()
        yield http


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        *NEEDS_TEMPORAL,
        ("GET", "/orders", None),
        ("GET", "/products", None),
        ("PUT", "/products/reed", {"name": "Reed", "price": 1, "stock": 1}),
        ("POST", "/customers", {"id": "gonzo", "name": "Gonzo", "email": "gonzo@example.com"}),
        ("POST", "/customers/kermit/credits", {"amount": 1, "reference": "gift"}),
    ],
)
async def test_the_database_is_away(
    without_database: httpx.AsyncClient, method: str, path: str, body: object
) -> None:
    problem = problem_of(await without_database.request(method, path, json=body), 503)
    assert "the database" in problem["detail"]


async def test_alive_is_not_ready(without_database: httpx.AsyncClient) -> None:
    assert (await without_database.get("/healthz")).json() == {"status": "ok"}
    problem = problem_of(await without_database.get("/readyz"), 503)
    assert "Temporal, the database" in problem["detail"]


async def test_metrics_know_routes_and_not_paths(http: httpx.AsyncClient) -> None:
    await http.get("/products/nothing-like-that")
    await http.get("/nowhere")
    text = (await http.get("/metrics")).text
    counted = 'http_request_duration_seconds_count{method="GET",route="%s",status="404"} 1.0'
    assert counted % "/products/{sku}" in text
    assert counted % "unknown" in text
    assert "nothing-like-that" not in text


async def test_workflows_go_by_the_names_of_their_classes() -> None:
    from workflows.card_update import CardUpdateWorkflow  # noqa: PLC0415
    from workflows.order import OrderWorkflow  # noqa: PLC0415
    from workflows.payment import PaymentWorkflow  # noqa: PLC0415

    assert OrderWorkflow.__name__ == ORDER_WORKFLOW
    assert PaymentWorkflow.__name__ == PAYMENT_WORKFLOW
    assert CardUpdateWorkflow.__name__ == CARD_UPDATE_WORKFLOW


def _client(app: FastAPI) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://localhost")
