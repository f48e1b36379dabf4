"""A database that is slow or read-only: 503 in time, and the rest goes on."""

import asyncio
import time
from threading import Event

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import Connection, text
from sqlalchemy.exc import InternalError

from api.errors import DependencyUnavailableError
from api.infrastructure import database as api_database
from api.infrastructure.database import AsyncDatabase
from storage import customers
from storage.database import Database
from tests.integration.api.problems import problem_of

NEW = {"id": "gonzo", "name": "Gonzo", "email": "gonzo@example.com"}


def _select(tx: Connection) -> int:
    return tx.execute(text("SELECT 1")).scalar_one()


async def test_work_that_blocks_leaves_threads_to_other_work(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api_database, "QUEUE_SECONDS", 0.3)
    unlocked = Event()

    def blocked(tx: Connection) -> int:
        unlocked.wait()
        return _select(tx)

    shared = AsyncDatabase(database, 8)
    waiting = [asyncio.create_task(shared.read(blocked)) for _ in range(16)]
    started = time.monotonic()
    assert await shared.read(_select) == 1
    done, held = await asyncio.wait(waiting, timeout=20, return_when=asyncio.FIRST_EXCEPTION)
    while len(held) > 2:
        done, held = await asyncio.wait(waiting, timeout=0.1)
        assert time.monotonic() - started < 20
    assert all(isinstance(one.exception(), DependencyUnavailableError) for one in done)
    unlocked.set()
    assert [await one for one in held] == [1, 1]


async def test_readers_do_not_queue_behind_writers(database: Database) -> None:
    unlocked = Event()

    def hold(tx: Connection) -> int:
        unlocked.wait()
        return _select(tx)

    shared = AsyncDatabase(database, 4)
    writers = [asyncio.create_task(shared.write(hold)) for _ in range(4)]
    assert await asyncio.wait_for(shared.read(_select), 20) == 1
    unlocked.set()
    await asyncio.gather(*writers, return_exceptions=True)


async def test_a_database_that_turned_read_only_is_unavailable(
    http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise InternalError("INSERT", {}, Exception("read-only transaction"))

    monkeypatch.setattr(customers, "create", refuse)
    problem = problem_of(await http.post("/customers", json=NEW), 503)
    assert "the database" in problem["detail"]
    assert (await http.get("/healthz")).status_code == 200


async def test_a_bug_is_500_and_does_not_reach_the_server(
    app: FastAPI, http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """uvicorn closes the connection of an application that raises, with the next request on it."""
    del http

    def fail(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(customers, "create", fail)
    transport = httpx.ASGITransport(app, raise_app_exceptions=True)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        problem_of(await client.post("/customers", json=NEW), 500)
