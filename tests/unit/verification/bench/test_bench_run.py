"""A minimal run of all parts on the real stack."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from dev.stack.postgresql import find_programs

pytestmark = pytest.mark.proof

ROOT = Path(__file__).parents[4]
# Seconds, on a busy machine; it takes about 30.
LIMIT = 580
PEER_GOALS = 3
"""Without the Go application."""


@pytest.mark.timeout(LIMIT + 20)
@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_a_run_of_four_orders_is_valid(database: str) -> None:
    if database == "postgresql" and find_programs() is None:
        pytest.skip("PostgreSQL is not installed")
    arguments = ["--orders", "4", "--rounds", "1", "--concurrency", "2", "--database", database]
    left_out = ["--memory-orders", "0", "--sandbox-orders", "0", "--page-orders", "0"]
    run = subprocess.run(
        [sys.executable, "-m", "verification.bench", *arguments, *left_out],
        cwd=ROOT,
        env={**os.environ, "COLUMNS": "160"},
        capture_output=True,
        text=True,
        timeout=LIMIT,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    for expected in ("orders over HTTP", "payments over HTTP", "bare, regular activities", "Goals"):
        assert expected in run.stdout
    assert run.stdout.count("not measured") == PEER_GOALS
    assert ("CPU/order, database" in run.stdout) is (database == "postgresql")
