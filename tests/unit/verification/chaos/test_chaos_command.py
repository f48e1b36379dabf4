"""`python -m verification.chaos` reports violations and where the data is."""

import sys
from pathlib import Path

import pytest

from verification.chaos import __main__ as command


async def broken(*_arguments: object) -> list[str]:
    raise RuntimeError("something unexpected")


def test_an_aborted_run_keeps_its_data_and_says_where(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["chaos", "--database", "sqlite", "--orders", "1"])
    monkeypatch.setattr(command.tempfile, "mkdtemp", lambda **_: str(tmp_path))
    monkeypatch.setattr(command, "run", broken)

    assert command.main() == 1

    errors = capsys.readouterr().err
    assert "VIOLATION: the run was aborted: RuntimeError('something unexpected')" in errors
    assert f"Logs and data are in {tmp_path}" in errors
    assert tmp_path.is_dir()
