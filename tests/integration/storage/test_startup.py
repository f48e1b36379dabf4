"""A process does not start beside accounts or prices of another currency."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from storage import inventory, startup
from storage.database import Database
from storage.migrate import migrate
from tests.support.databases import opened
from tests.support.examples import add_customer, product
from tests.support.processes import REPOSITORY, free_port


def test_a_new_database_takes_any_currency(empty_url: str) -> None:
    for currency in ("EUR", "USD"):
        startup.prepare(empty_url, currency)


def test_the_same_currency_starts(database: Database) -> None:
    with database.write() as tx:
        add_customer(tx, balance=500)
        inventory.put(tx, product())
    startup.prepare(database.url.render_as_string(hide_password=False), "EUR")


@pytest.mark.parametrize("held", ["account", "price"])
def test_another_currency_ends_the_process_with_one_line(database: Database, held: str) -> None:
    with database.write() as tx:
        if held == "account":
            add_customer(tx)
        else:
            inventory.put(tx, product())
    with pytest.raises(SystemExit) as refused:
        startup.prepare_or_exit(database.url.render_as_string(hide_password=False), "USD")
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
    environment = {
        "DATABASE_URL": url,
        "CURRENCY": "USD",
        "API_PORT": str(free_port()),
        "TEMPORAL_ADDRESS": f"127.0.0.1:{free_port()}",
    }
    ended = subprocess.run(
        [sys.executable, *command],
        cwd=REPOSITORY,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ended.returncode == 1, ended.stderr
    lines = [line for line in ended.stderr.splitlines() if line.startswith("CURRENCY=USD can't")]
    assert len(lines) == 1, ended.stderr
    assert "Traceback" not in ended.stderr
