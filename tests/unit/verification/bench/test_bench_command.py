"""What the commands of the benchmarks end with, and what becomes of their folder."""

import sys
import tempfile
from pathlib import Path

import psutil
import pytest

from clients.errors import ApiError
from dev.stack import StackError
from dev.stack.chromium import CHROMIUM
from verification.bench.__main__ import main
from verification.bench.command import exit_code
from verification.bench.errors import InvalidMeasurementError
from verification.bench.measurements import web_page


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where temporary folders are made."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_a_valid_measurement_leaves_nothing(temporary: Path) -> None:
    used: list[Path] = []
    assert exit_code("bench", used.append) == 0
    assert [folder.name.startswith("bench-") for folder in used] == [True]
    assert not list(temporary.iterdir())


def test_an_interrupted_one_leaves_nothing(temporary: Path) -> None:
    def interrupted(_folder: Path) -> None:
        raise KeyboardInterrupt

    assert exit_code("bench", interrupted) == 130
    assert not list(temporary.iterdir())


@pytest.mark.parametrize(
    "error",
    [
        StackError("said"),
        InvalidMeasurementError("said"),
        ApiError("said"),
        psutil.NoSuchProcess(1, msg="said"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_one_that_is_not_valid_says_why_and_leaves_its_logs(
    error: Exception, temporary: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def invalid(folder: Path) -> None:
        (folder / "logs").mkdir()
        raise error

    assert exit_code("bench", invalid) == 1
    (folder,) = temporary.iterdir()
    reason, where = capsys.readouterr().err.splitlines()
    assert "said" in reason
    assert where == f"The logs are in {folder / 'logs'}."
    assert (folder / "logs").is_dir()


def test_a_page_that_is_not_built_is_named_before_anything_is_measured(
    temporary: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["bench"])
    monkeypatch.setattr(web_page, "is_installed", lambda: True)
    monkeypatch.setattr(web_page, "DIST", temporary)
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    assert "the page is not built: `make web`" in capsys.readouterr().err


def test_a_missing_browser_is_named_before_anything_is_measured(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["bench"])
    monkeypatch.setattr(web_page, "is_installed", lambda: False)
    with pytest.raises(SystemExit):
        main()
    assert f"there is no {CHROMIUM}" in capsys.readouterr().err
