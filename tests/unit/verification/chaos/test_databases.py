"""Databases are locked, stopped and killed."""

import asyncio
import sqlite3
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import closing, suppress
from pathlib import Path
from threading import Event
from types import SimpleNamespace

import psycopg
import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from dev.stack.postgresql import PostgresServer, find_programs, running_postgres
from storage import tables
from storage.database import Database
from storage.migrate import migrate
from tests.support.databases import opened
from tests.support.processes import eventually
from verification.chaos import databases
from verification.chaos.databases import PostgresDatabase, SqliteFile, UnsupportedFaultError

SECONDS = 2.0
"""The duration of a fault, if the clock decided."""


def write(database: Database) -> None:
    with database.write() as tx:
        tx.execute(select(func.count()).select_from(tables.orders))


def write_to_file(file: Path) -> None:
    with closing(sqlite3.connect(file, timeout=0, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")


def write_to_server(url: str) -> None:
    with psycopg.connect(url) as tx:
        tx.execute("LOCK TABLE orders, payments, events IN ACCESS SHARE MODE NOWAIT")


@pytest.fixture
def has_failed(monkeypatch: pytest.MonkeyPatch) -> Iterator[Event]:
    """Faults last until this is set, however long they should."""
    over = Event()

    async def sleep(_: float) -> None:
        await asyncio.to_thread(over.wait)

    monkeypatch.setattr(databases, "time", SimpleNamespace(sleep=lambda _: over.wait()))
    tools = SimpleNamespace(sleep=sleep, to_thread=asyncio.to_thread)
    monkeypatch.setattr(databases, "asyncio", tools)
    yield over
    over.set()


async def awaited(
    has_failed: Event,
    misbehaving: Coroutine[None, None, None],
    write: Callable[[], None],
    error: type[Exception],
) -> None:
    """The fault begins: writing fails; it ends then: writing succeeds."""
    under_way = asyncio.create_task(misbehaving)
    while not under_way.done():
        try:
            write()
        except error:
            break
        await asyncio.sleep(0.01)
    assert not under_way.done(), under_way
    has_failed.set()
    await under_way
    has_failed.clear()
    write()


async def test_sqlite_is_locked_by_another_process_and_has_no_server(
    tmp_path: Path, has_failed: Event
) -> None:
    file = SqliteFile(tmp_path / "orders.db")
    migrate(file.url)
    await awaited(
        has_failed,
        file.lock(SECONDS),
        lambda: write_to_file(tmp_path / "orders.db"),
        sqlite3.OperationalError,
    )
    with pytest.raises(UnsupportedFaultError):
        await file.stop(1)
    with pytest.raises(UnsupportedFaultError):
        await file.kill()


async def test_postgresql_is_locked_stopped_killed_and_kept(
    tmp_path: Path,
    has_failed: Event,
    postgres: PostgresServer,  # skipped where it is not installed
) -> None:
    programs = find_programs()
    assert programs
    with running_postgres(programs) as server:
        own = PostgresDatabase(server)
        migrate(own.url)
        locked = own.lock(SECONDS)
        await awaited(
            has_failed,
            locked,
            lambda: write_to_server(own.url),
            psycopg.errors.LockNotAvailable,
        )
        with opened(own.url) as database:
            stopped = own.stop(SECONDS)
            await awaited(has_failed, stopped, lambda: write(database), OperationalError)
            await own.kill()
            write(database)
        own.keep(tmp_path)
    assert "CREATE TABLE public.orders" in (tmp_path / "orders.sql").read_text()


def test_postgresql_starts_again_at_once_after_it_was_killed(
    postgres: PostgresServer,  # skipped where it is not installed
) -> None:
    """A busy child does not notice that its server is gone, and would prevent the next start."""
    programs = find_programs()
    assert programs
    with running_postgres(programs) as server:
        url = server.url("postgres")
        with psycopg.connect(url, autocommit=True) as busy:
            threading.Thread(target=_count_for_long, args=(busy,)).start()
            eventually(lambda: _counts(url), "the server counts")
            server.kill()
            server.start()


def _count_for_long(connection: psycopg.Connection) -> None:
    with suppress(psycopg.OperationalError):
        connection.execute("SELECT count(*) FROM generate_series(1, 1000000000)")


def _counts(url: str) -> bool:
    active = "SELECT 1 FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%series%1000%'"
    with psycopg.connect(url) as tx:
        others = f"{active} AND pid != pg_backend_pid()"
        return tx.execute(others.encode()).fetchone() is not None
