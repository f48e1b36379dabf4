"""A database that is slow or read-only: 503 in time, and the rest goes on."""

import asyncio
from threading import Event, Semaphore

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
    unlocked, blocking = Event(), Semaphore(0)

    def blocked(tx: Connection) -> int:
        blocking.release()
        unlocked.wait()
        return _select(tx)

    shared = AsyncDatabase(database, 8)
    held = [asyncio.create_task(shared.read(blocked)) for _ in range(2)]
    for _ in held:
        await asyncio.to_thread(blocking.acquire)
    with monkeypatch.context() as patch:
        patch.setattr(api_database, "QUEUE_SECONDS", 0.3)
        others = [asyncio.create_task(shared.read(blocked)) for _ in range(14)]
        await asyncio.sleep(0)  # each has begun to wait so long
    assert await shared.read(_select) == 1
    outcomes = await asyncio.gather(*others, return_exceptions=True)
    assert {type(outcome) for outcome in outcomes} == {DependencyUnavailableError}
    assert not any(one.done() for one in held)
    unlocked.set()
    assert [await one for one in held] == [1, 1]


async def test_readers_do_not_queue_behind_writers(database: Database) -> None:
    unlocked = Event()

    def hold(tx: Connection) -> int:
        unlocked.wait()
        return _select(tx)

    shared = AsyncDatabase(database, 4)
    writers = [asyncio.create_task(shared.write(hold)) for _ in range(4)]
    assert await shared.read(_select) == 1
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
