"""`python -m web.build` where Node.js is missing or too old, and where something takes its time."""

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


def test_a_page_is_there_while_the_old_one_is_removed(
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


def test_a_command_that_takes_long_is_not_silent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    said, say = tmp_path / "said", build._say
    monkeypatch.setattr(build, "SILENCE_SECONDS", 0.01)
    monkeypatch.setattr(build, "_say", lambda text: (say(text), said.touch()))
    build._run("sh", "-c", f"until [ -e {said} ]; do sleep 0.01; done", cwd=tmp_path)

    assert "sh -c has run for 0 s" in capsys.readouterr().out
