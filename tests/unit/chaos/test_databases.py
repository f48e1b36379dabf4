"""Databases that are locked, away or killed."""

import asyncio
import time
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from chaos.databases import ChaosDatabase, NotPossibleError, PostgresDatabase, SqliteFile
from stack.postgresql import PostgresServer, find_programs, running_postgres
from storage import tables
from storage.database import Database
from storage.migrate import migrate
from tests.support.databases import opened

LOCKED_SECONDS = 1.0


def write(database: Database) -> float:
    """Seconds that it took."""
    began = time.monotonic()
    with database.write() as tx:
        tx.execute(select(func.count()).select_from(tables.orders))
    return time.monotonic() - began


async def seconds_to_write_while_locked(locked: ChaosDatabase, database: Database) -> float:
    lock = asyncio.create_task(locked.lock(LOCKED_SECONDS))
    await asyncio.sleep(LOCKED_SECONDS / 4)
    seconds = await asyncio.to_thread(write, database)
    await lock
    return seconds


async def test_sqlite_is_locked_by_another_process_and_has_no_server(tmp_path: Path) -> None:
    file = SqliteFile(tmp_path / "orders.db")
    migrate(file.url)
    with opened(file.url) as database:
        assert await seconds_to_write_while_locked(file, database) > LOCKED_SECONDS / 3
    with pytest.raises(NotPossibleError):
        await file.stop(1)
    with pytest.raises(NotPossibleError):
        await file.kill()


async def test_postgresql_is_locked_stopped_killed_and_kept(
    tmp_path: Path,
    postgres: PostgresServer,  # where there is none, this is skipped; others share this one
) -> None:
    programs = find_programs()
    assert programs
    with running_postgres(programs) as server:
        own = PostgresDatabase(server)
        migrate(own.url)
        with opened(own.url) as database:
            assert await seconds_to_write_while_locked(own, database) > LOCKED_SECONDS / 3
            stopping = asyncio.create_task(own.stop(LOCKED_SECONDS))
            await asyncio.sleep(LOCKED_SECONDS / 2)
            with pytest.raises(OperationalError):
                write(database)
            await stopping
            write(database)
            await own.kill()
            write(database)
        own.keep(tmp_path)
    assert "CREATE TABLE public.orders" in (tmp_path / "orders.sql").read_text()
