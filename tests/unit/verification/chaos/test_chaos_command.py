"""`python -m verification.chaos` ends with a verdict, and says where the data is."""

import sys
from pathlib import Path

import pytest

from verification.chaos import __main__ as command


async def broken(*_arguments: object) -> list[str]:
    raise RuntimeError("something nobody thought of")


def test_a_run_that_breaks_off_keeps_its_data_and_says_where(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["chaos", "--database", "sqlite", "--orders", "1"])
    monkeypatch.setattr(command.tempfile, "mkdtemp", lambda **_: str(tmp_path))
    monkeypatch.setattr(command, "run", broken)

    assert command.main() == 1

    said = capsys.readouterr().err
    assert "BREACH: the run broke off: RuntimeError('something nobody thought of')" in said
    assert f"Logs and data stay in {tmp_path}" in said
    assert tmp_path.is_dir()
