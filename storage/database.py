"""Connections and transactions on SQLite and PostgreSQL."""

import threading
from collections.abc import Generator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url

BUSY_TIMEOUT_SECONDS = 10
"""How long a SQLite transaction waits for another process's before it fails and is retried."""

CONNECT_TIMEOUT_SECONDS = 5
"""Timeout after which PostgreSQL counts as unavailable."""

CONNECTIONS = 20
"""Pool size per process; up to twice as many under load, then threads wait."""


class Database:
    """An installation's database: `write()` for changes, `read()` for queries.

    Threads may share it; each transaction belongs to the thread that began it. Errors quote no
    values, because logs and workflows' histories hold errors and must not hold customers' data.
    """

    def __init__(self, url: str) -> None:
        """`url` as SQLAlchemy spells it: `sqlite:///path` or `postgresql://…`.

        Does not connect yet. Raises `ValueError` for SQLite without a file.
        """
        self.url = with_driver(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        if self.is_sqlite:
            self.engine = _sqlite(self.url)
            self._reader = self.engine.execution_options(read_only=True)
            # SQLite allows one writer at a time; the others sleep and retry in no order. A queue
            # within the process is faster, and starves no thread.
            self._turn = threading.RLock()
        else:
            self.engine = _postgresql(self.url)
            self._reader = self.engine.execution_options(
                isolation_level="REPEATABLE READ", postgresql_readonly=True
            )
            self._turn = nullcontext()

    @contextmanager
    def write(self) -> Generator[Connection]:
        """One transaction, committed as a whole on exit, or rolled back if an error is raised.

        On SQLite it is the only writer. On PostgreSQL (READ COMMITTED) it sees what others commit
        meanwhile, except in rows that it locked or changed. Raises SQLAlchemy's `OperationalError`
        if the database is unavailable.
        """
        with self._turn, self.engine.begin() as tx:
            yield tx

    @contextmanager
    def read(self) -> Generator[Connection]:
        """A read-only snapshot; never blocks writers."""
        with self._reader.connect() as connection:
            yield connection

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()


def with_driver(url: str) -> URL:
    """The URL with the driver that this project uses: psycopg for PostgreSQL."""
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
        # sqlite3 would begin a transaction before the first write only: too late to read a balance
        # safely. "begin" below begins it instead.
        connection.isolation_level = None
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("PRAGMA foreign_keys = ON")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:  # pyright: ignore[reportUnusedFunction]
        read_only = connection.get_execution_options().get("read_only", False)
        connection.exec_driver_sql(f"PRAGMA query_only = {'ON' if read_only else 'OFF'}")
        connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")

    return engine
