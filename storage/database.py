"""The connection to SQLite or PostgreSQL, and what one transaction means on each."""

import threading
from collections.abc import Generator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url

BUSY_TIMEOUT_SECONDS = 10
"""How long a SQLite transaction waits for another process's before it fails (and is retried)."""

CONNECT_TIMEOUT_SECONDS = 5
"""How long PostgreSQL may take to answer before it counts as away."""

CONNECTIONS = 20
"""Kept open per process; twice as many at a pinch, a further thread waits for one."""


class Database:
    """An installation's database: `write()` for effects, `read()` for looking.

    May be shared by threads; each transaction belongs to the one that began it. Its errors quote
    no values: they end up in logs and in workflows' histories, customers' data must not.
    """

    def __init__(self, url: str) -> None:
        """`url` as SQLAlchemy spells it: `sqlite:///path` or `postgresql://…`.

        Nothing is connected to yet. Raises `ValueError` for SQLite without a file.
        """
        self.url = with_driver(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        if self.is_sqlite:
            self.engine = _sqlite(self.url)
            self._reader = self.engine.execution_options(read_only=True)
            # SQLite has one writer at a time, and lets waiting ones sleep and try again in no
            # order. Queueing for it within the process is faster and starves nobody.
            self._turn = threading.RLock()
        else:
            self.engine = _postgresql(self.url)
            self._reader = self.engine.execution_options(
                isolation_level="REPEATABLE READ", postgresql_readonly=True
            )
            self._turn = nullcontext()

    @contextmanager
    def write(self) -> Generator[Connection]:
        """One transaction: all of it is committed on leaving, or nothing.

        On SQLite it is alone; on PostgreSQL (READ COMMITTED) it sees what others commit meanwhile,
        but for rows it locked or changed. Raises SQLAlchemy's `OperationalError` if the database
        is away.
        """
        with self._turn, self.engine.begin() as tx:
            yield tx

    @contextmanager
    def read(self) -> Generator[Connection]:
        """One snapshot, in which nothing can be written; keeps no writer waiting."""
        with self._reader.connect() as connection:
            yield connection

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()


def with_driver(url: str) -> URL:
    """The URL with the driver this project uses named in it (psycopg for PostgreSQL)."""
    parsed = make_url(url)
    if parsed.drivername in {"postgres", "postgresql"}:
        return parsed.set(drivername="postgresql+psycopg")
    return parsed


def _postgresql(url: URL) -> Engine:
    return create_engine(
        url,
        hide_parameters=True,
        pool_pre_ping=True,
        pool_size=CONNECTIONS,
        max_overflow=CONNECTIONS,
        connect_args={"connect_timeout": CONNECT_TIMEOUT_SECONDS},
    )


def _sqlite(url: URL) -> Engine:
    if url.database in {None, "", ":memory:"}:
        message = "SQLite needs a file that processes can share: sqlite:///path"
        raise ValueError(message)
    Path(str(url.database)).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(
        url,
        hide_parameters=True,
        pool_size=CONNECTIONS,
        max_overflow=CONNECTIONS,
        connect_args={"timeout": BUSY_TIMEOUT_SECONDS},
    )

    @event.listens_for(engine, "connect")
    def configure(connection: Any, _record: object) -> None:  # pyright: ignore[reportUnusedFunction]
        # sqlite3 would open transactions by itself, and only before the first write: too late to
        # read a balance safely. "begin" below opens them instead.
        connection.isolation_level = None
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("PRAGMA foreign_keys = ON")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:  # pyright: ignore[reportUnusedFunction]
        read_only = connection.get_execution_options().get("read_only", False)
        connection.exec_driver_sql(f"PRAGMA query_only = {'ON' if read_only else 'OFF'}")
        connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")

    return engine
