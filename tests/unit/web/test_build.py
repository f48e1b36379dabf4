"""`python -m web.build` with a missing or old Node.js, and with a slow command."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.processes import REPOSITORY
from web import build

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


@pytest.mark.parametrize(("arguments", "message"), WORDS.values(), ids=WORDS)
def test_without_node_the_page_is_left_out(
    tmp_path: Path, arguments: list[str], message: str
) -> None:
    done = run(tmp_path, *arguments)

    assert done.returncode == 0
    assert message in done.stdout
    assert "Node.js 20.19 or newer" in done.stdout


@pytest.mark.parametrize(("arguments", "message"), WORDS.values(), ids=WORDS)
def test_without_node_ci_fails(tmp_path: Path, arguments: list[str], message: str) -> None:
    done = run(tmp_path, *arguments, CI="true")

    assert done.returncode == 1
    assert message in done.stdout


def test_a_node_that_is_too_old_is_named(tmp_path: Path) -> None:
    for program in ("node", "npm"):
        (tmp_path / program).write_text("#!/bin/sh\necho v18.20.4\n")
        (tmp_path / program).chmod(0o755)

    done = run(tmp_path)

    assert "20.19 or newer is needed, not v18.20.4: the page is not built" in done.stdout


def test_the_new_page_is_served_while_the_old_one_is_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    served, fresh = tmp_path / "dist", tmp_path / "generated" / "dist"
    for folder in (served, fresh):
        folder.mkdir(parents=True)
        (folder / "index.html").write_text(folder.parent.name)
    remove = shutil.rmtree

    def look(folder: Path, *, ignore_errors: bool) -> None:
        assert (served / "index.html").is_file()
        remove(folder, ignore_errors=ignore_errors)

    monkeypatch.setattr(build.shutil, "rmtree", look)
    build.replace(served, fresh)

    assert (served / "index.html").read_text() == "generated"
    assert [one.name for one in fresh.parent.iterdir()] == []


def test_a_slow_command_prints_progress(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    printed, print_message = tmp_path / "printed", build._print
    monkeypatch.setattr(build, "PROGRESS_SECONDS", 0.01)
    monkeypatch.setattr(build, "_print", lambda text: (print_message(text), printed.touch()))
    build._run("sh", "-c", f"until [ -e {printed} ]; do sleep 0.01; done", cwd=tmp_path)

    assert "sh -c has been running for 0 s" in capsys.readouterr().out
