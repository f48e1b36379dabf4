"""The database of a run, and how it is locked, stopped and killed."""

import asyncio
import sqlite3
import time
from collections.abc import Generator
from contextlib import closing, contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Protocol

import psycopg

from dev.stack.postgresql import PostgresServer, find_programs, running_postgres

BUSY_TIMEOUT = 60.0
"""Seconds to wait for SQLite's lock."""


class Kind(StrEnum):
    """The databases that the product runs on."""

    SQLITE = "sqlite"
    POSTGRESQL = "postgresql"

    @classmethod
    def default(cls) -> "Kind":
        """PostgreSQL if it is installed, else SQLite."""
        return cls.POSTGRESQL if find_programs() else cls.SQLITE


class UnsupportedFaultError(Exception):
    """A fault that is not possible on this database or machine; the text says why."""


class ChaosDatabase(Protocol):
    """A database that can be made to fail."""

    url: str

    async def lock(self, seconds: float) -> None:
        """Block all writes for that time."""
        ...

    async def stop(self, seconds: float) -> None:
        """Stop it for that time. Raises UnsupportedFaultError."""
        ...

    async def kill(self) -> None:
        """Kill it with SIGKILL; returns once it answers again. Raises UnsupportedFaultError."""
        ...

    def keep(self, folder: Path) -> None:
        """Leave its data in the folder, to investigate a violation."""
        ...


class SqliteFile:
    """A file, which has no server that could fail."""

    def __init__(self, file: Path) -> None:
        """The file need not exist yet."""
        self.url = f"sqlite:///{file}"
        self._file = file

    async def lock(self, seconds: float) -> None:
        """Hold the exclusive lock, as another process would."""
        await asyncio.to_thread(self._hold, seconds)

    async def stop(self, seconds: float) -> None:
        """Raise UnsupportedFaultError."""
        del seconds
        raise UnsupportedFaultError("SQLite has no server that could be stopped")

    async def kill(self) -> None:
        """Raise UnsupportedFaultError."""
        raise UnsupportedFaultError("SQLite has no server that could be killed")

    def keep(self, folder: Path) -> None:
        """Do nothing: the file is in the folder already."""

    def _hold(self, seconds: float) -> None:
        with closing(
            sqlite3.connect(self._file, timeout=BUSY_TIMEOUT, isolation_level=None)
        ) as connection:
            connection.execute("BEGIN EXCLUSIVE")
            time.sleep(seconds)
            connection.execute("ROLLBACK")


class PostgresDatabase:
    """A database of a PostgreSQL server that this process started."""

    def __init__(self, server: PostgresServer) -> None:
        """Create the database."""
        self.url = server.create_database("orders")
        self._server = server

    async def lock(self, seconds: float) -> None:
        """Lock the tables that every step of an order or payment uses, even for reading."""
        async with await psycopg.AsyncConnection.connect(self.url) as tx:
            await tx.execute("LOCK TABLE orders, payments, events IN ACCESS EXCLUSIVE MODE")
            await asyncio.sleep(seconds)

    async def stop(self, seconds: float) -> None:
        """Stop the server, which ends all connections."""
        await asyncio.to_thread(self._server.stop)
        await asyncio.sleep(seconds)
        await self._start()

    async def kill(self) -> None:
        """Kill the server and its children."""
        self._server.kill()
        await self._start()

    def keep(self, folder: Path) -> None:
        """Dump it as SQL."""
        self._server.dump("orders", folder / "orders.sql")

    async def _start(self) -> None:
        # In this thread: the server ends with the thread that started it.
        self._server.launch()
        await asyncio.to_thread(self._server.wait_until_ready)


@contextmanager
def database(kind: Kind, folder: Path) -> Generator[SqliteFile | PostgresDatabase]:
    """Create a database with its log in `folder`/logs; it is removed with the block."""
    if kind is Kind.SQLITE:
        yield SqliteFile(folder / "orders.db")
        return
    programs = find_programs()
    if programs is None:
        raise UnsupportedFaultError(
            "PostgreSQL's programs are not installed: apt-get install postgresql"
        )
    logs = folder / "logs"
    logs.mkdir()
    with running_postgres(programs, logs / "postgresql.log") as server:
        yield PostgresDatabase(server)
