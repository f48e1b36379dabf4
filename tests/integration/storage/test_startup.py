"""A process does not start beside accounts or prices of another currency."""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from dev.stack.postgresql import PostgresServer
from storage import inventory, startup
from storage.database import Database
from storage.migrate import migrate
from tests.support.databases import opened
from tests.support.examples import add_customer, product
from tests.support.processes import REPOSITORY, free_port


def test_a_new_database_takes_any_currency(empty_url: str) -> None:
    migrate(empty_url)
    for currency in ("EUR", "USD"):
        startup.check(empty_url, currency)


def test_the_same_currency_starts(database: Database) -> None:
    with database.write() as tx:
        add_customer(tx, balance=500)
        inventory.put(tx, product())
    startup.check(database.url.render_as_string(hide_password=False), "EUR")


@pytest.mark.parametrize("held", ["account", "price"])
def test_another_currency_ends_the_process_with_one_line(database: Database, held: str) -> None:
    with database.write() as tx:
        if held == "account":
            add_customer(tx)
        else:
            inventory.put(tx, product())
    with pytest.raises(SystemExit) as refused:
        startup.check_or_exit(database.url.render_as_string(hide_password=False), "USD")
    assert refused.value.code == (
        "CURRENCY=USD can't be used: the database holds accounts or prices in EUR. "
        "Set CURRENCY=EUR, or use a new database for USD."
    )


@pytest.mark.parametrize("command", [("-m", "api"), ("worker.py",)])
def test_processes_that_move_money_end(tmp_path: Path, command: tuple[str, ...]) -> None:
    url = f"sqlite:///{tmp_path}/orders.db"
    migrate(url)
    with opened(url) as database, database.write() as tx:
        add_customer(tx)
    written = ended(command, DATABASE_URL=url, CURRENCY="USD")
    lines = [line for line in written.splitlines() if line.startswith("CURRENCY=USD can't")]
    assert len(lines) == 1, written
    assert "Traceback" not in written


@pytest.mark.parametrize("command", [("-m", "api"), ("worker.py",), ("mailer.py",)])
def test_a_folder_that_cannot_be_created_ends_the_process_with_one_line(
    command: tuple[str, ...],
) -> None:
    written = ended(command, DATABASE_URL="sqlite:////proc/orders/orders.db")
    assert written.startswith("The folder /proc/orders of DATABASE_URL can't be created: ")
    assert len(written.splitlines()) == 1


@pytest.fixture(params=["SQL_ASCII", "LATIN1"])
def in_another_encoding(request: pytest.FixtureRequest, postgres: PostgresServer) -> str:
    """The URL of a database that can't hold every text, or says so in bytes only."""
    name = f"in_{request.param}_{free_port()}".lower()
    with psycopg.connect(postgres.url("postgres"), autocommit=True) as server:
        statement = "CREATE DATABASE {} ENCODING {} LOCALE 'C' TEMPLATE template0"
        server.execute(sql.SQL(statement).format(sql.Identifier(name), sql.Literal(request.param)))
    return postgres.url(name)


@pytest.mark.parametrize(
    "command",
    [
        ("-m", "alembic", "upgrade", "head"),
        ("-m", "api"),
        ("worker.py",),
        ("mailer.py",),
    ],
)
def test_another_encoding_than_utf_8_is_refused_in_one_line(
    in_another_encoding: str, command: tuple[str, ...]
) -> None:
    written = ended(command, DATABASE_URL=in_another_encoding)
    name = in_another_encoding.rpartition("/")[2]
    encoding = "SQL_ASCII" if "ascii" in name else "LATIN1"
    line = (
        f"The database {name} of DATABASE_URL can't be used: its encoding is {encoding}. "
        "Create another one: CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0."
    )
    assert [one for one in written.splitlines() if line in one and "INFO" not in one], written
    assert "Traceback" not in written


def ended(command: Sequence[str], **environment: str) -> str:
    """What the process wrote to stderr, after it ended with 1."""
    own = {"API_PORT": str(free_port()), "TEMPORAL_ADDRESS": f"127.0.0.1:{free_port()}"}
    process = subprocess.run(
        [sys.executable, *command],
        cwd=REPOSITORY,
        env={**os.environ, **own, **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert process.returncode == 1, process.stderr
    return process.stderr
