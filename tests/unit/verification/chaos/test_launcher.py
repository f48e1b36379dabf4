"""The launcher executes the configured worker."""

import os
import subprocess
import sys
from pathlib import Path

from tests.support.processes import REPOSITORY
from verification.chaos.launcher import VARIABLE, Worker


def launch(file: Path) -> str:
    return subprocess.run(
        [sys.executable, "-m", "verification.chaos.launcher"],
        cwd=REPOSITORY,
        env=os.environ | {VARIABLE: str(file)},
        check=True,
        capture_output=True,
        text=True,
    ).stdout


def test_the_worker_written_last_is_launched(tmp_path: Path) -> None:
    file = tmp_path / "worker.json"
    Worker(["-c", "print('first')"]).write(file)
    Worker(["-c", "import os; print(os.environ['FAKETIME'])"], {"FAKETIME": "+14d"}).write(file)

    assert launch(file) == "+14d\n"
