"""The connection to SQLite or PostgreSQL, and what one transaction means on each."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url

BUSY_TIMEOUT_SECONDS = 10
"""How long a SQLite transaction waits for another process's before it fails (and is retried)."""


class Database:
    """An installation's database: `write()` for effects, `read()` for looking."""

    def __init__(self, url: str) -> None:
        """`url` as SQLAlchemy spells it: `sqlite:///path` or `postgresql://…`."""
        self.url = with_driver(url)
        if self._is_sqlite:
            self.engine = _sqlite(self.url)
        else:
            self.engine = create_engine(self.url, pool_pre_ping=True, pool_size=10)

    @property
    def _is_sqlite(self) -> bool:
        return self.url.get_backend_name() == "sqlite"

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """One transaction: all of it is committed on leaving, or nothing."""
        with self.engine.begin() as tx:
            yield tx

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """One snapshot, without keeping a writer waiting."""
        with self.engine.connect().execution_options(read_only=True) as connection:
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


def _sqlite(url: URL) -> Engine:
    if url.database:
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(url, connect_args={"timeout": BUSY_TIMEOUT_SECONDS})

    @event.listens_for(engine, "connect")
    def configure(connection: Any, _record: object) -> None:  # pyright: ignore[reportUnusedFunction]
        # sqlite3 would open transactions by itself, and only before the first write: too late to
        # read a balance safely. "begin" below opens them instead.
        connection.isolation_level = None
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("PRAGMA foreign_keys = ON")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:  # pyright: ignore[reportUnusedFunction]
        read_only = connection.get_execution_options().get("read_only", False)
        connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")

    return engine
