"""A minimal run of all parts on the real stack."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.proof

ROOT = Path(__file__).parents[4]
# Seconds, on a busy machine; it takes about 30.
LIMIT = 580


@pytest.mark.timeout(LIMIT + 20)
def test_a_run_of_four_orders_is_valid() -> None:
    arguments = ["--orders", "4", "--rounds", "1", "--concurrency", "2"]
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
    for expected in ("orders over HTTP", "bare, all regular", "POST /orders, 6 times", "Goals"):
        assert expected in run.stdout
