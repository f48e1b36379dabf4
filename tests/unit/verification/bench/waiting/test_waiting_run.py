"""A small run on the real stack: payments wait, reminders fall due, everything is consistent."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.proof

ROOT = Path(__file__).parents[5]


def test_a_run_with_forty_payments_is_valid(tmp_path: Path) -> None:
    figures = tmp_path / "figures.json"
    arguments = ["--payments", "40", "--orders", "20", "--rounds", "1", "--output", str(figures)]

    run = subprocess.run(
        [sys.executable, "-m", "verification.bench.waiting", *arguments],
        cwd=ROOT,
        env={**os.environ, "COLUMNS": "160"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert run.returncode == 0, run.stderr
    assert "10 reminders fell due at once: 10 recorded" in run.stdout
    measured = json.loads(figures.read_text())
    steps = measured["steps"]
    assert [step["waiting"] for step in steps] == [0, 2, 10, 40]
    audits = [*(step["audit"] for step in steps), measured["audit"], measured["replay"]]
    assert [audit["status"] for audit in audits] == [0] * 6
    assert all(audit["memory"] > 10_000_000 for audit in audits)
    assert all(len(step["seconds_to_post"]) == 20 for step in steps)
    reminders = measured["reminders"]
    assert (reminders["due"], reminders["recorded"], reminders["mailed"]) == (10, 10, 10)
    assert len(reminders["seconds_of_orders"]) >= 20
    # Each row and event of 30 payments.
    assert min(steps[-1]["opening"]["ours"][table] for table in ("payments", "events")) > 0
    assert steps[-1]["opening"]["temporal"]["history_node"] > 0
