"""The database of a plan, and how it is locked or taken away."""

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
"""Seconds that we wait for SQLite's lock ourselves."""


class Kind(StrEnum):
    """The two that the product runs on."""

    SQLITE = "sqlite"
    POSTGRESQL = "postgresql"

    @classmethod
    def default(cls) -> "Kind":
        """PostgreSQL, where its programs are."""
        return cls.POSTGRESQL if find_programs() else cls.SQLITE


class NotPossibleError(Exception):
    """A fault that this database, or this machine, does not have; the text says why."""


class ChaosDatabase(Protocol):
    """A database that can misbehave."""

    url: str

    async def lock(self, seconds: float) -> None:
        """Nobody writes for so long."""
        ...

    async def stop(self, seconds: float) -> None:
        """It is away for so long. Raises NotPossibleError."""
        ...

    async def kill(self) -> None:
        """SIGKILL; returns once it answers again. Raises NotPossibleError."""
        ...

    def keep(self, folder: Path) -> None:
        """Leave its data in the folder, for whoever looks into a breach."""
        ...


class SqliteFile:
    """A file has no server that could die."""

    def __init__(self, file: Path) -> None:
        """It need not be there yet."""
        self.url = f"sqlite:///{file}"
        self._file = file

    async def lock(self, seconds: float) -> None:
        """As another process would: no writer gets in."""
        await asyncio.to_thread(self._hold, seconds)

    async def stop(self, seconds: float) -> None:
        """Not possible."""
        del seconds
        raise NotPossibleError("SQLite has no server that could be away")

    async def kill(self) -> None:
        """Not possible."""
        raise NotPossibleError("SQLite has no server that could be killed")

    def keep(self, folder: Path) -> None:
        """The file is there already."""

    def _hold(self, seconds: float) -> None:
        with closing(sqlite3.connect(self._file, BUSY_TIMEOUT, isolation_level=None)) as connection:
            connection.execute("BEGIN EXCLUSIVE")
            time.sleep(seconds)
            connection.execute("ROLLBACK")


class PostgresDatabase:
    """One database of a server of our own."""

    def __init__(self, server: PostgresServer) -> None:
        """Makes it."""
        self.url = server.create_database("orders")
        self._server = server

    async def lock(self, seconds: float) -> None:
        """All that a step of an order or payment touches, even for reading."""
        async with await psycopg.AsyncConnection.connect(self.url) as tx:
            await tx.execute("LOCK TABLE orders, payments, events IN ACCESS EXCLUSIVE MODE")
            await asyncio.sleep(seconds)

    async def stop(self, seconds: float) -> None:
        """Disconnects everybody."""
        await asyncio.to_thread(self._server.stop)
        await asyncio.sleep(seconds)
        await self._start()

    async def kill(self) -> None:
        """Its children too."""
        self._server.kill()
        await self._start()

    def keep(self, folder: Path) -> None:
        """As SQL."""
        self._server.dump("orders", folder / "orders.sql")

    async def _start(self) -> None:
        # In this thread, as the server does not outlive the one that starts it.
        self._server.launch()
        await asyncio.to_thread(self._server.wait_until_ready)


@contextmanager
def database(kind: Kind, folder: Path) -> Generator[SqliteFile | PostgresDatabase]:
    """A new one, its log in `folder`/logs; ends with the block."""
    if kind is Kind.SQLITE:
        yield SqliteFile(folder / "orders.db")
        return
    programs = find_programs()
    if programs is None:
        raise NotPossibleError(
            "PostgreSQL's programs are not installed: apt-get install postgresql"
        )
    logs = folder / "logs"
    logs.mkdir()
    with running_postgres(programs, logs / "postgresql.log") as server:
        yield PostgresDatabase(server)
