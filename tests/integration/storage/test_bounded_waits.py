"""Every wait for the database has an end, and everything recovers by itself."""

import os
import signal
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from threading import Event, Thread
from typing import Any

import pytest
from psycopg.errors import LockNotAvailable, QueryCanceled
from sqlalchemy import make_url, text
from sqlalchemy.exc import InternalError, OperationalError
from sqlalchemy.exc import TimeoutError as NoTurnError

from storage import inventory
from storage.database import Database
from tests.support.databases import opened
from tests.support.examples import add_product


@pytest.fixture(autouse=True)
def impatient(product_limits: Mapping[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """As in production; only these limits end what is waited for here."""
    for path, limit in product_limits.items():
        monkeypatch.setattr(path, limit)


def test_no_limit_is_longer_than_clients_wait(product_limits: Mapping[str, Any]) -> None:
    seconds = [limit for limit in product_limits.values() if not isinstance(limit, dict)]
    on_server = product_limits["storage.database._LIMITS"]
    seconds += [on_server[name] / 1000 for name in ("statement_timeout", "lock_timeout")]
    assert max(seconds) <= 5


@pytest.fixture
def url(postgres_url: str) -> str:
    """These are about PostgreSQL."""
    return postgres_url


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    """With a product."""
    with opened(url) as database:
        with database.write() as tx:
            add_product(tx)
        yield database
        with database.write() as tx:
            tx.execute(text("DELETE FROM products"))


def write(database: Database) -> None:
    with database.write() as tx:
        tx.execute(text("UPDATE products SET stock = stock"))


@contextmanager
def locked(database: Database) -> Generator[None]:
    """Somebody locks the table and goes to lunch."""
    with opened(str(database.url)) as other, other.engine.connect() as tx:
        tx.execute(text("LOCK TABLE products"))
        yield


def test_a_locked_table_is_waited_for_within_the_limit(database: Database) -> None:
    with locked(database):
        for use in (write, read):
            with pytest.raises(OperationalError) as failed:
                use(database)
            assert isinstance(failed.value.orig, LockNotAvailable)
    write(database)


def read(database: Database) -> None:
    with database.read() as tx:
        inventory.find_all(tx)


def test_a_slow_statement_ends(database: Database) -> None:
    with pytest.raises(OperationalError) as failed, database.read() as tx:
        tx.execute(text("SELECT pg_sleep(600)"))
    assert isinstance(failed.value.orig, QueryCanceled)
    read(database)


def test_a_frozen_server_is_given_up(database: Database) -> None:
    """As if its machine had vanished: only the client's own limit helps."""
    with database.read() as tx:
        pid = tx.execute(text("SELECT pg_backend_pid()")).scalar_one()
        os.kill(pid, signal.SIGSTOP)
        try:
            with pytest.raises(OperationalError):
                tx.execute(text("SELECT 1"))
        finally:
            os.kill(pid, signal.SIGCONT)
    read(database)


def test_connections_to_a_standby_are_dropped(database: Database) -> None:
    """A failover turns the server read-only under the pool's connections."""
    change = f'ALTER DATABASE "{make_url(str(database.url)).database}"'
    with opened(str(database.url)) as operator, operator.engine.connect() as session:
        session.execute(text(f"{change} SET default_transaction_read_only = on"))
        session.commit()
        try:
            database.close()  # connections from now on are those to a standby
            with pytest.raises(InternalError):
                write(database)
        finally:
            session.execute(text(f"{change} RESET default_transaction_read_only"))
            session.commit()
    write(database)


def test_nothing_stays_on_a_connection_that_others_use_next(database: Database) -> None:
    """As behind PgBouncer in transaction mode: no prepared statement, no setting."""
    for _ in range(20):
        write(database)
        read(database)
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        prepared = connection.execute(text("SELECT count(*) FROM pg_prepared_statements"))
        assert prepared.scalar_one() == 0
        assert connection.execute(text("SHOW lock_timeout")).scalar_one() == "0"


@pytest.mark.parametrize("connections", [4])
def test_connections_are_as_many_as_configured(url: str, connections: int) -> None:
    database = Database(url, connections)
    try:
        assert database.engine.pool.status().startswith(f"Pool size: {connections}")
        assert database.engine.pool._max_overflow == 0  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
    finally:
        database.close()


def test_a_thread_waits_for_its_turn_within_the_limit(
    tmp_path: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage.database.BUSY_TIMEOUT_SECONDS", 0.1)
    with opened(f"sqlite:///{tmp_path}/x.db") as database:
        begun, end = Event(), Event()

        def hold() -> None:
            with database.write():
                begun.set()
                end.wait()

        holder = Thread(target=hold)
        holder.start()
        begun.wait()
        try:
            with pytest.raises(NoTurnError), database.write():
                pass
            with database.read():
                pass
        finally:
            end.set()
            holder.join()
