"""The longest order that the API takes is one that Temporal takes, too, without a word."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from api.app import create_app
from api.schemas.requests import MAX_LINES
from config import Settings
from dev.temporal_server.server import TemporalServer
from domain.statuses import order_workflow_id
from storage import inventory
from storage.database import Database
from storage.migrate import migrate
from tests.support.examples import add_customer, product

KEY = "2026-11:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
SKU = "s" * 61


@asynccontextmanager
async def serving(settings: Settings) -> AsyncIterator[tuple[Any, httpx.AsyncClient]]:
    """The application, and a client of it; nobody works on what it starts."""
    app = create_app(settings)
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://localhost") as http,
    ):
        yield app, http


@pytest.mark.parametrize("keys", ["", KEY])
@pytest.mark.parametrize(("lines", "name"), [(1, "Lily"), (12, "L" * 40), (MAX_LINES, "🐸" * 200)])
async def test_an_order_of_any_length_is_accepted_and_read(  # noqa: PLR0913, PLR0917
    temporal: TemporalServer,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    keys: str,
    lines: int,
    name: str,
) -> None:
    monkeypatch.setenv("TEMPORAL_ADDRESS", temporal.address)
    settings = Settings.model_validate(
        {"database_url": f"sqlite:///{tmp_path}/orders.db", "payload_keys": keys}
    )
    migrate(settings.database_url)
    database = Database(settings.database_url)
    with database.write() as tx:
        add_customer(tx)
        for number in range(lines):
            stocked = product(f"{SKU}{number:03}", 10)
            inventory.put(tx, stocked.model_copy(update={"name": name}))
    database.close()
    order = {
        "customer_id": "kermit",
        "lines": [{"sku": f"{SKU}{number:03}", "quantity": 1} for number in range(lines)],
    }
    async with serving(settings) as (app, http):
        placed = await http.post("/orders", json=order, headers={"Idempotency-Key": str(uuid4())})
        assert placed.status_code == 202, placed.text
        read = await http.get(f"/orders/{placed.json()['id']}")
        assert read.json()["lines"] == placed.json()["lines"]
        client = app.state.context.temporal
        workflow = client.get_workflow_handle(order_workflow_id(placed.json()["id"]))
        described = await workflow.describe()
        assert not described.raw_description.workflow_execution_info.memo.fields
        await workflow.terminate()
