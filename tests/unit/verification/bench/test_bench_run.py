"""Minimal runs on the real stack."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from dev.stack.chromium import CHROMIUM, is_installed
from dev.stack.postgresql import find_programs
from tests.support.browser import built

__all__ = ["built"]

pytestmark = pytest.mark.proof

ROOT = Path(__file__).parents[4]
# Seconds, on a busy machine; it takes about 30.
LIMIT = 580
PEER_GOALS = 3
"""Without the Go application."""


def bench(*arguments: str) -> str:
    """What a valid run prints."""
    run = subprocess.run(
        [
            *(sys.executable, "-m", "verification.bench", *arguments),
            *("--rounds", "1", "--concurrency", "2", "--memory-orders", "0"),
        ],
        cwd=ROOT,
        env={**os.environ, "COLUMNS": "160"},
        capture_output=True,
        text=True,
        timeout=LIMIT,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    return run.stdout


@pytest.mark.timeout(LIMIT + 20)
@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_a_run_of_four_orders_is_valid(database: str) -> None:
    if database == "postgresql" and find_programs() is None:
        pytest.skip("PostgreSQL is not installed")
    left_out = ("--sandbox-orders", "0", "--page-orders", "0")
    printed = bench("--orders", "4", "--database", database, *left_out)
    for expected in ("orders over HTTP", "payments over HTTP", "bare, regular activities", "Goals"):
        assert expected in printed
    assert printed.count("not measured") == PEER_GOALS
    assert ("CPU/order, database" in printed) is (database == "postgresql")


@pytest.mark.usefixtures("built")
@pytest.mark.timeout(LIMIT + 20)
def test_the_page_is_measured_after_variants_of_the_worker() -> None:
    if not is_installed() and os.environ.get("CI") != "true":
        pytest.skip(f"no {CHROMIUM}: apt-get install chromium")
    printed = bench("--orders", "0", "--sandbox-orders", "4", "--page-orders", "5")
    for expected in ("the sandbox costs", "first paint within", "orders are listed without"):
        assert expected in printed
