"""Transactions: isolated, atomic, and never blocking readers."""

import sqlite3
import threading
from contextlib import closing
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError, StatementError

from storage import customers, inventory, ledger, orders, tables
from storage.database import CONNECTIONS, Database
from tests.support.databases import opened
from tests.support.examples import EUR, add_customer, add_product, order, product
from tests.support.processes import free_port
from tests.support.races import at_once


def stock(tx: Connection) -> int:
    """The pond lilies in stock."""
    return inventory.find(tx, "pond-lily").stock


def test_who_looks_and_who_writes_do_not_wait_for_each_other(database: Database) -> None:
    with database.write() as tx:
        add_product(tx, stock=10)
    with database.read() as before:
        assert stock(before) == 10
        with database.write() as tx:
            inventory.put(tx, product(stock=9))
            with database.read() as meanwhile:
                assert stock(meanwhile) == 10
        with database.read() as after:
            assert stock(after) == 9
        assert stock(before) == 10


def test_who_looks_cannot_write(database: Database) -> None:
    with database.read() as tx, pytest.raises(DBAPIError):
        add_product(tx)
    with database.write() as tx:
        add_product(tx)
    with database.read() as tx:
        assert stock(tx) == 10


def test_a_failed_transaction_leaves_nothing(database: Database) -> None:
    def fail() -> None:
        with database.write() as tx:
            add_product(tx)
            raise InterruptedError

    with pytest.raises(InterruptedError):
        fail()
    with database.read() as tx:
        assert inventory.find_all(tx) == []


def test_many_threads_share_a_database(database: Database) -> None:
    # Fewer threads than connections: the pool serves those who wait for one in no order, so that
    # beside other programs one of them could wait beyond the limit of two seconds.
    threads, turns = CONNECTIONS // 2, 15
    with database.write() as tx:
        add_customer(tx)

    def give(number: int) -> None:
        for turn in range(turns):
            with database.write() as tx:
                customers.credit(tx, "kermit", 1, f"{number}/{turn}")
            with database.read() as tx:
                assert customers.find(tx, "kermit").balance > 0
                assert ledger.total(tx) == 0

    at_once(threads, give)
    with database.read() as tx:
        assert customers.find(tx, "kermit").balance == threads * turns


def test_many_processes_share_a_database(database: Database) -> None:
    """Each of these shares as little with the others as a process does."""
    with database.write() as tx:
        add_product(tx, stock=0)

    def stock_up(_number: int) -> None:
        with opened(str(database.url)) as own:
            for _ in range(20):
                with own.write() as tx:
                    inventory.put(tx, product(stock=stock_for_update(tx) + 1))

    at_once(6, stock_up)
    with database.read() as tx:
        assert stock(tx) == 6 * 20


def stock_for_update(tx: Connection) -> int:
    """As `stock`, locked until the transaction ends."""
    return tx.execute(select(tables.products.c.stock).with_for_update()).scalar_one()


@pytest.mark.parametrize("is_write", [True, False])
def test_a_file_that_is_locked_meanwhile_is_opened_once_it_is_free(
    tmp_path: Path, *, is_write: bool
) -> None:
    """By a process that closes it, begins to use it or recovers it: nobody can read it then."""
    url = f"sqlite:///{tmp_path}/orders.db"
    locking = sqlite3.connect(tmp_path / "orders.db", isolation_level=None, check_same_thread=False)
    locking.execute("CREATE TABLE things (id INTEGER)")
    locking.execute("BEGIN EXCLUSIVE")
    release = threading.Timer(0.3, locking.execute, ["ROLLBACK"])
    with closing(Database(url)) as database:
        release.start()
        with database.write() if is_write else database.read() as tx:
            assert tx.execute(text("SELECT count(*) FROM things")).scalar() == 0
    release.join()
    locking.close()


@pytest.mark.parametrize("code", [sqlite3.SQLITE_BUSY, sqlite3.SQLITE_BUSY_RECOVERY])
def test_every_code_of_a_busy_file_is_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    busy = sqlite3.OperationalError("database is locked")
    busy.sqlite_errorcode = code
    tries: list[str] = []
    begin = Connection.exec_driver_sql

    def busy_once(tx: Connection, statement: str) -> Any:
        tries.append(statement)
        if len(tries) == 1:
            raise OperationalError(statement, None, busy)
        return begin(tx, statement)

    monkeypatch.setattr(Connection, "exec_driver_sql", busy_once)
    with closing(Database(f"sqlite:///{tmp_path}/orders.db")) as database, database.write():
        assert tries == ["BEGIN IMMEDIATE", "BEGIN IMMEDIATE"]


def test_a_transaction_in_a_transaction_fails_rather_than_wait_for_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage.database.BUSY_TIMEOUT_SECONDS", 0.1)
    with (
        opened(f"sqlite:///{tmp_path}/x.db") as database,
        database.write(),
        pytest.raises(OperationalError),
        database.write(),
    ):
        pass


def test_rows_refer_to_rows_that_are_there(database: Database) -> None:
    with pytest.raises(IntegrityError), database.write() as tx:
        orders.place(tx, order(customer_id="nobody"))


def test_errors_quote_no_values(database: Database) -> None:
    secret = "kermit@example.com"
    with database.read() as tx, pytest.raises(DBAPIError) as failed:
        customers.create(tx, "kermit", "Kermit", secret, EUR)
    assert secret not in str(failed.value)


@pytest.mark.parametrize(
    "moment",
    [
        datetime(2026, 3, 1, 12, tzinfo=UTC),
        datetime(2026, 3, 1, 14, 0, 0, 1, tzinfo=timezone(timedelta(hours=2))),
    ],
)
def test_a_moment_is_read_as_it_was_written_in_utc(database: Database, moment: datetime) -> None:
    with database.write() as tx:
        add_customer(tx)
        orders.place(tx, order(placed_at=moment))
    with database.read() as tx:
        found = tx.execute(select(tables.orders.c.placed_at)).scalar_one()
    assert (found, found.utcoffset()) == (moment, timedelta(0))


def test_a_moment_without_time_zone_is_refused(database: Database) -> None:
    with database.write() as tx, pytest.raises(StatementError, match="no time zone"):
        tx.execute(select(tables.orders).where(tables.orders.c.placed_at < datetime(2026, 3, 1)))  # noqa: DTZ001


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:"])
def test_sqlite_without_a_file_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="file"):
        Database(url)


def test_a_server_that_is_away_is_an_operational_error() -> None:
    with opened(f"postgresql://orders@127.0.0.1:{free_port()}/orders") as database:
        with pytest.raises(OperationalError), database.read():
            pass
        with pytest.raises(OperationalError), database.write():
            pass
