"""A phase is a bar on a terminal and a line in a log."""

import pytest

from tests.support.processes import eventually
from tests.support.terminal import stderr_is_a_terminal
from verification.bench.instruments.progress_bar import Progress


def test_a_log_gets_one_line_for_a_phase(capsys: pytest.CaptureFixture[str]) -> None:
    with Progress().phase("warming up", 40) as done:
        assert capsys.readouterr().err == "warming up: 40 orders\n"
        done()
    assert capsys.readouterr().err == ""


def test_a_terminal_shows_how_far_a_phase_is(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = stderr_is_a_terminal(monkeypatch)
    with Progress().phase("round 1", 3) as done:
        for number in (1, 2):
            done()
            eventually(lambda n=number: f"{n}/3" in terminal.getvalue(), f"{number} of 3")
    assert "round 1" in terminal.getvalue()
    assert "3/3" not in terminal.getvalue()
