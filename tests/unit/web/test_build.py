"""`python -m web.build` where there is no Node.js, or one that is too old."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.processes import REPOSITORY

WORDS = {"build": ([], "the page is not built"), "check": (["check"], "the page is not checked")}


def run(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """With nothing on the PATH but what is in the folder."""
    return subprocess.run(
        [sys.executable, "-m", "web.build", *arguments],
        cwd=REPOSITORY,
        env={"PATH": str(folder), **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(("arguments", "said"), WORDS.values(), ids=WORDS)
def test_without_node_everything_else_goes_on(
    tmp_path: Path, arguments: list[str], said: str
) -> None:
    done = run(tmp_path, *arguments)

    assert done.returncode == 0
    assert said in done.stdout
    assert "Node.js 20.19 or newer" in done.stdout


@pytest.mark.parametrize(("arguments", "said"), WORDS.values(), ids=WORDS)
def test_in_ci_nothing_is_left_out(tmp_path: Path, arguments: list[str], said: str) -> None:
    done = run(tmp_path, *arguments, CI="true")

    assert done.returncode == 1
    assert said in done.stdout


def test_a_node_that_is_too_old_is_named(tmp_path: Path) -> None:
    for program in ("node", "npm"):
        (tmp_path / program).write_text("#!/bin/sh\necho v18.20.4\n")
        (tmp_path / program).chmod(0o755)

    done = run(tmp_path)

    assert "20.19 or newer is needed, not v18.20.4: the page is not built" in done.stdout
