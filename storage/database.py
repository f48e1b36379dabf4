"""Connections and transactions on SQLite and PostgreSQL."""

import sqlite3
import threading
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from typing import Any

import psycopg
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, Dialect, ExceptionContext, make_url
from sqlalchemy.exc import InterfaceError, InternalError, NotSupportedError, OperationalError
from sqlalchemy.exc import TimeoutError as NoTurnError

from storage.bounded_connection import BoundedConnection

BUSY_TIMEOUT_SECONDS = 4.0
"""How long a SQLite transaction waits for another process's before it fails and is retried; before
that it waits as long at most for those of its own process.
"""

CONNECT_TIMEOUT_SECONDS = 2
"""Timeout after which PostgreSQL counts as unavailable; its driver takes no less."""

_POLL_SECONDS = 0.008
"""SQLite tries to lock its file after 1, 2 and 5 ms, then ever more seldom, up to every 100 ms.

So a transaction is begun anew: whoever has waited longest would try least.
"""

POOL_TIMEOUT_SECONDS = 2
"""How long a thread waits for a connection."""

CONNECTIONS = 16
"""Connections per process; on SQLite as many again that only read."""

_LIMITS = {
    "statement_timeout": 4_000,
    "lock_timeout": 3_000,
    "idle_in_transaction_session_timeout": 30_000,
}
"""Of each transaction on PostgreSQL, in milliseconds."""

_MIGRATION_LIMITS = {"lock_timeout": 10_000}

_TCP = {
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 5_000,
}
"""Notice a server that vanished: seconds, and milliseconds for the last one."""

_SQLITE_HEADER = b"SQLite format 3\0"

_READ_ONLY = {"25006", "0A000"}
"""The SQLSTATEs of a change, and of a transaction for changes, that a standby refuses."""

UNAVAILABLE = (OperationalError, InterfaceError, InternalError, NotSupportedError, NoTurnError)
"""Errors that end by themselves: no connection, a standby, a lock or a statement that took too
long, a deadlock. Any other error of the database concerns what was written or read.
"""


class DatabaseRefusedError(Exception):
    """`DATABASE_URL` names what can't hold the database."""


class NoDatabaseFileError(DatabaseRefusedError):
    """The file holds something else."""

    def __init__(self, file: Path) -> None:
        """The file."""
        super().__init__(
            f"DATABASE_URL=sqlite:///{file} can't be used: the file is no database of SQLite. "
            "Name another one; it is created."
        )


class DatabaseFolderError(DatabaseRefusedError):
    """The folder of SQLite's file can't be created."""

    def __init__(self, folder: Path, error: OSError) -> None:
        """The folder, and why."""
        super().__init__(
            f"The folder {folder} of DATABASE_URL can't be created: {error.strerror}. Create it, "
            "or name a file in a folder that this process may write to."
        )


class DatabaseEncodingError(DatabaseRefusedError):
    """The database can't hold every text."""

    def __init__(self, name: str, encoding: str) -> None:
        """The database's name, and its encoding."""
        super().__init__(
            f"The database {name} of DATABASE_URL can't be used: its encoding is {encoding}. "
            "Create another one: CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0."
        )


class Database:
    """An installation's database: `write()` for changes, `read()` for queries.

    Threads may share it; each transaction belongs to the thread that began it. Errors quote no
    values, because logs and workflows' histories hold errors and must not hold customers' data.
    """

    def __init__(
        self, url: str, connections: int = CONNECTIONS, *, has_short_transactions: bool = True
    ) -> None:
        """`url` as SQLAlchemy spells it: `sqlite:///path` or `postgresql://…`.

        Does not connect yet. Statements end within seconds unless `has_short_transactions` is
        False, as for migrations. Raises `ValueError` for SQLite without a file, and
        `DatabaseRefusedError`; so does a connection if PostgreSQL's database is not in UTF-8.
        """
        self.url = with_driver(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        if self.is_sqlite:
            self.engine = _sqlite(self.url, connections)
            self._reader = _sqlite(self.url, connections, is_read_only=True)
            self.engines = (self.engine, self._reader)
            # SQLite allows one writer at a time; the others sleep and retry in no order. A queue
            # within the process is faster, and starves no thread.
            self._turn: threading.RLock | None = threading.RLock()
        else:
            self.engine = _postgresql(self.url, connections, is_bounded=has_short_transactions)
            self.engines = (self.engine,)
            self._reader = self.engine.execution_options(
                isolation_level="REPEATABLE READ", postgresql_readonly=True
            )
            self._turn = None

    @contextmanager
    def write(self) -> Generator[Connection]:
        """One transaction, committed as a whole on exit, or rolled back if an error is raised.

        On SQLite it is the only writer. On PostgreSQL (READ COMMITTED) it sees what others commit
        meanwhile, except in rows that it locked or changed. Raises SQLAlchemy's `OperationalError`
        if the database is unavailable, `TimeoutError` if others of this process take too long, and
        `InternalError` or `NotSupportedError` while PostgreSQL is a standby.
        """
        with self._taking_turns(), self.engine.begin() as tx:
            yield tx

    @contextmanager
    def read(self) -> Generator[Connection]:
        """A read-only snapshot; never blocks writers."""
        with self._reader.connect() as connection:
            yield connection

    @contextmanager
    def _taking_turns(self) -> Generator[None]:
        if self._turn is None:
            yield
            return
        if not self._turn.acquire(timeout=BUSY_TIMEOUT_SECONDS):
            message = "the process's other transactions take too long"
            raise NoTurnError(message)
        try:
            yield
        finally:
            self._turn.release()

    def close(self) -> None:
        """Close every connection."""
        for engine in self.engines:
            engine.dispose()


def with_driver(url: str) -> URL:
    """The URL with the driver that this project uses: psycopg for PostgreSQL."""
    parsed = make_url(url)
    if parsed.drivername in {"postgres", "postgresql"}:
        return parsed.set(drivername="postgresql+psycopg")
    return parsed


def _postgresql(url: URL, connections: int, *, is_bounded: bool) -> Engine:
    engine = create_engine(
        url,
        hide_parameters=True,
        pool_pre_ping=True,
        pool_size=connections,
        max_overflow=0,
        pool_timeout=POOL_TIMEOUT_SECONDS,
        # Statements prepared on one server connection are unknown on the next one that a pooler
        # such as PgBouncer chooses.
        connect_args={"connect_timeout": CONNECT_TIMEOUT_SECONDS, "prepare_threshold": None} | _TCP,
    )
    limits = _LIMITS if is_bounded else _MIGRATION_LIMITS
    settings = ", ".join(f"set_config('{name}', '{value}', true)" for name, value in limits.items())

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:  # pyright: ignore[reportUnusedFunction]
        # For the transaction only: a pooler refuses settings of the session, or mixes them up.
        connection.exec_driver_sql(f"SELECT {settings}")

    @event.listens_for(engine, "handle_error")
    def handle_error(context: ExceptionContext) -> None:  # pyright: ignore[reportUnusedFunction]
        connection = context.connection
        if connection is None or connection.get_execution_options().get("postgresql_readonly"):
            return
        if getattr(context.original_exception, "sqlstate", None) in _READ_ONLY:
            # After a failover: all connections of the pool lead to what is a standby now.
            context.is_disconnect = True

    kind = BoundedConnection if is_bounded else psycopg.Connection[Any]

    @event.listens_for(engine, "do_connect")
    def connect(  # pyright: ignore[reportUnusedFunction]
        _dialect: Dialect, _record: object, arguments: list[str], options: dict[str, Any]
    ) -> psycopg.Connection[Any]:
        connection = kind.connect(*arguments, **options)
        # Before SQLAlchemy's first query, whose answer it can't read in some encodings.
        encoding = connection.info.parameter_status("server_encoding")
        if encoding != "UTF8":
            name = connection.info.dbname
            connection.close()
            raise DatabaseEncodingError(name, str(encoding))
        return connection

    return engine


def _may_be_sqlite(file: Path) -> bool:
    """By the file's first bytes (https://www.sqlite.org/fileformat.html, 1.3); also a new one.

    Whether it can be read shows when it is opened.
    """
    try:
        with file.open("rb") as opened:
            return opened.read(len(_SQLITE_HEADER)) in {b"", _SQLITE_HEADER}
    except OSError:
        return True


def _sqlite(url: URL, connections: int, *, is_read_only: bool = False) -> Engine:
    if url.database in {None, "", ":memory:"}:
        message = "SQLite needs a file that processes can share: sqlite:///path"
        raise ValueError(message)
    folder = Path(str(url.database)).parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DatabaseFolderError(folder, error) from error
    if not _may_be_sqlite(Path(str(url.database))):
        raise NoDatabaseFileError(Path(str(url.database)))
    engine = create_engine(
        url,
        hide_parameters=True,
        pool_size=connections,
        max_overflow=0,
        pool_timeout=POOL_TIMEOUT_SECONDS,
        # Opening the file may also have to wait, for a process that closes it or begins to use it.
        connect_args={"timeout": BUSY_TIMEOUT_SECONDS},
    )

    @event.listens_for(engine, "connect")
    def configure(connection: Any, _record: object) -> None:  # pyright: ignore[reportUnusedFunction]
        # sqlite3 would begin a transaction before the first write only: too late to read a balance
        # safely. "begin" below begins it instead.
        connection.isolation_level = None
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("PRAGMA foreign_keys = ON")
        # Not for each transaction: it would make SQLite compile every statement again.
        connection.execute(f"PRAGMA query_only = {'ON' if is_read_only else 'OFF'}")
        if not is_read_only:
            connection.execute(f"PRAGMA busy_timeout = {_POLL_SECONDS * 1000:.0f}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:  # pyright: ignore[reportUnusedFunction]
        if is_read_only:
            connection.exec_driver_sql("BEGIN")
        else:
            _begin_immediate(connection)

    return engine


def _begin_immediate(connection: Connection) -> None:
    """Begin as the only writer; raises `OperationalError` after the `BUSY_TIMEOUT_SECONDS`."""
    end = monotonic() + BUSY_TIMEOUT_SECONDS
    while True:
        try:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        except OperationalError as error:
            # The low byte: SQLite has several codes (https://sqlite.org/rescode.html).
            code = getattr(error.orig, "sqlite_errorcode", 0) & 0xFF
            if code != sqlite3.SQLITE_BUSY or monotonic() > end:
                raise
        else:
            return
