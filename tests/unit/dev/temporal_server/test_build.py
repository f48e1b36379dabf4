"""Building from the pin, with a Go that only pretends."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

import dev.temporal_server.build
from dev.temporal_server.build import HERE, build, pinned_binaries, pinned_version
from temporal.errors import ServerUnavailableError
from tests.support.processes import LIMIT_SECONDS
from tests.support.terminal import stderr_is_a_terminal

# Appends to a file that it ran, and takes long enough for two builds to meet.
SLOW_GO = """#!/bin/sh
echo built >> "{log}"
while [ "$1" != -o ]; do shift; done
echo google.golang.org/grpc >&2
echo go.temporal.io/server/api >&2
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
    module = "dev.temporal_server.build"
    code = f"from pathlib import Path; from {module} import build; build(Path('{tmp_path}'))"
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", code], cwd=HERE.parents[1], stderr=subprocess.DEVNULL
        )
        for _ in range(2)
    ]
    assert [process.wait(LIMIT_SECONDS) for process in processes] == [0, 0]
    assert go.read_text().splitlines() == ["built", "built"]  # the server and the UI, once each
    assert pinned_binaries(tmp_path).exist


def test_only_what_is_missing_is_built(go: Path, tmp_path: Path) -> None:
    build(tmp_path).ui.unlink()
    build(tmp_path)
    assert len(go.read_text().splitlines()) == 3


def test_a_build_leaves_nothing_unfinished(go: Path, tmp_path: Path) -> None:
    folder = build(tmp_path).server.parent
    assert sorted(path.name for path in folder.iterdir()) == ["temporal-server", "temporal-ui"]


STEPS = ["google.golang.org/grpc", "go.temporal.io/server/api"]


@pytest.mark.usefixtures("go")
def test_a_log_hears_of_a_build_now_and_then(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    build(tmp_path)
    printed = re.sub(r"\d:\d\d", "0:00", capsys.readouterr().err)
    assert printed.splitlines() == [
        f"Building the Temporal server: 0:00, step 1: {STEPS[0]}",
        "Building the Temporal server took 0:00.",
        f"Building the Temporal Web UI: 0:00, step 1: {STEPS[0]}",
        "Building the Temporal Web UI took 0:00.",
    ]


@pytest.mark.usefixtures("go")
def test_a_terminal_shows_step_after_step_on_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    terminal = stderr_is_a_terminal(monkeypatch)
    monkeypatch.setattr(dev.temporal_server.build, "REFRESH_ON_TERMINAL", 0.0)
    build(tmp_path)
    server, ui, _ = terminal.getvalue().split("\n")
    for line, title in ((server, "Temporal server"), (ui, "Temporal Web UI")):
        nothing, *shown, took = line.split("\r\x1b[K")
        assert nothing == ""
        assert [text.partition(": ")[0] for text in shown] == [f"Building the {title}"] * 2
        assert [text.rpartition(" ")[2] for text in shown] == STEPS
        assert took.startswith(f"Building the {title} took ")


def test_a_build_that_fails_says_gos_last_words(go: Path, tmp_path: Path) -> None:
    program = tmp_path / "bin" / "go"
    program.write_text(program.read_text() + "exit 1\n")
    with pytest.raises(ServerUnavailableError, match=f"server failed: {STEPS[-1]}"):
        build(tmp_path)
    assert go.read_text() == "built\n"
