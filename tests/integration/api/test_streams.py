"""Streams that are open at the same time: who may have how many."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest
import pytest_asyncio
from fastapi import FastAPI
from starlette.types import Message
from temporalio.client import Client

from api.app import create_app
from api.auth.scopes import Scope
from config import Settings
from dev.tokens import OF_A_CUSTOMER, Mint
from storage import orders, payments
from storage.database import Database
from tests.integration.api import matrix
from tests.integration.api.matrix import ABSENT, WRITTEN
from tests.support.examples import add_customer, order, payment
from tests.support.fake_temporal import FakeTemporal

PATHS = (f"/orders/{WRITTEN}/events", f"/payments/{WRITTEN}/events")


@pytest.fixture
def mint(tmp_path: Path) -> Mint:
    """The issuer that the application trusts."""
    return Mint(tmp_path / "tokens")


@pytest_asyncio.fixture
async def app(
    settings: Settings, database: Database, mint: Mint, tmp_path: Path
) -> AsyncGenerator[FastAPI]:
    """With an order that has not ended; a customer may follow it twice, an address three times."""
    with database.write() as tx:
        add_customer(tx, "gonzo")
        orders.place(tx, order(WRITTEN))
        payments.request(tx, payment(WRITTEN))
    barred = matrix.settings(tmp_path / "tokens", settings.database_url)
    few = {"streams_per_customer": 2, "streams_per_address": 3}
    app = create_app(barred.model_copy(update=few))
    async with app.router.lifespan_context(app):
        client = cast("Client", FakeTemporal({}))
        app.state.context = replace(app.state.context, temporal=client)
        yield app


@asynccontextmanager
async def following(
    app: FastAPI, token: str, path: str = PATHS[0], accept: str = "text/event-stream"
) -> AsyncGenerator[Message]:
    """How the answer starts; the client stays until it leaves this context."""
    scope = {
        "type": "http",
        "method": "GET",
        "path": path,
        "query_string": b"",
        "headers": [
            (b"accept", accept.encode()),
            (b"authorization", f"Bearer {token}".encode()),
        ],
        "client": ("10.0.0.1", 1),
    }
    starts: asyncio.Future[Message] = asyncio.get_running_loop().create_future()
    gone = asyncio.Event()
    incoming: list[Message] = [{"type": "http.request"}]

    async def receive() -> Message:
        if incoming:
            return incoming.pop()
        await gone.wait()
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            starts.set_result(message)

    task = asyncio.create_task(app(scope, receive, send))
    try:
        yield await starts
    finally:
        gone.set()
        await task


async def status(app: FastAPI, token: str, **kwargs: Any) -> int:
    """Of the answer to a client that leaves at once."""
    async with following(app, token, **kwargs) as start:
        return start["status"]


async def test_a_customer_has_so_many_streams(app: FastAPI, mint: Mint) -> None:
    kermit, gonzo = (mint.token(name, OF_A_CUSTOMER) for name in ("kermit", "gonzo"))
    async with AsyncExitStack() as stack:
        for path in PATHS:
            start = await stack.enter_async_context(following(app, kermit, path))
            assert start["status"] == 200
        for path in PATHS:
            async with following(app, kermit, path) as start:
                assert start["status"] == 429
                headers = dict(start["headers"])
                assert headers[b"content-type"] == b"application/problem+json"
                assert int(headers[b"retry-after"]) >= 1
        assert await status(app, kermit, accept="application/json") == 200
        # It is not theirs, but they are let in.
        assert await status(app, gonzo) == 404
        assert await status(app, mint.token("operator", tuple(Scope))) == 200
    assert await status(app, kermit) == 200


async def test_whoever_is_no_customer_is_counted_by_address(app: FastAPI, mint: Mint) -> None:
    async with AsyncExitStack() as stack:
        for name in ("one", "two", "three"):
            operator = mint.token(name, tuple(Scope))
            start = await stack.enter_async_context(following(app, operator))
            assert start["status"] == 200
        assert await status(app, mint.token("four", tuple(Scope))) == 429


async def test_a_stream_that_is_refused_does_not_count(app: FastAPI, mint: Mint) -> None:
    kermit = mint.token("kermit", OF_A_CUSTOMER)
    for _ in range(5):
        assert await status(app, kermit, path=f"/orders/{ABSENT}/events") == 404
        assert await status(app, kermit) == 200
