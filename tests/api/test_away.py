"""What happens while Temporal or the database is away: 503, and nothing by halves."""

import asyncio
import socket
import time
from collections.abc import AsyncGenerator
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import func, select

from api.app import create_app
from api.processes import CARD_UPDATE_WORKFLOW, ORDER_WORKFLOW, PAYMENT_WORKFLOW
from config import Settings
from storage import tables
from storage.database import Database
from tests.api.problems import problem_of

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
    """Somebody takes the connection, and then says nothing."""
    del database
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setenv("TEMPORAL_ADDRESS", f"127.0.0.1:{silent.getsockname()[1]}")
        app = create_app(settings)
        async with app.router.lifespan_context(app), _client(app) as http:
            started = time.monotonic()
            answers = await asyncio.gather(*(http.post("/orders", json=ORDER) for _ in range(3)))
            assert time.monotonic() - started < 8
            for answer in answers:
                problem_of(answer, 503)


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
    return httpx.AsyncClient(transport=transport, base_url="http://api")
