"""Building from the pin, with a Go that only pretends."""

import subprocess
import sys
from pathlib import Path

import pytest

from temporal.build import HERE, build, pinned_binaries, pinned_version

# Appends to a file that it ran, and takes long enough for two builds to meet.
SLOW_GO = """#!/bin/sh
echo built >> "{log}"
while [ "$1" != -o ]; do shift; done
sleep 0.3
echo binary > "$2"
"""


@pytest.fixture
def go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A log with a line for each run of go."""
    log = tmp_path / "go.log"
    program = tmp_path / "bin" / "go"
    program.parent.mkdir()
    program.write_text(SLOW_GO.format(log=log))
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:/usr/bin:/bin")
    return log


def test_the_pin_is_read_from_go_mod() -> None:
    assert pinned_version("go.temporal.io/server").startswith("v1.32.")


def test_two_builds_at_once_build_once(go: Path, tmp_path: Path) -> None:
    code = f"from pathlib import Path; from temporal.build import build; build(Path('{tmp_path}'))"
    processes = [
        subprocess.Popen([sys.executable, "-c", code], cwd=HERE.parent, stderr=subprocess.DEVNULL)
        for _ in range(2)
    ]
    assert [process.wait(30) for process in processes] == [0, 0]
    assert go.read_text().splitlines() == ["built", "built"]  # the server and the UI, once each
    assert pinned_binaries(tmp_path).exist


def test_only_what_is_missing_is_built(go: Path, tmp_path: Path) -> None:
    build(tmp_path).ui.unlink()
    build(tmp_path)
    assert len(go.read_text().splitlines()) == 3


def test_a_build_leaves_nothing_unfinished(go: Path, tmp_path: Path) -> None:
    folder = build(tmp_path).server.parent
    assert sorted(path.name for path in folder.iterdir()) == ["temporal-server", "temporal-ui"]
