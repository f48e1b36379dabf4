"""Progress is a bar on a terminal and some lines in a log."""

import pytest

from tests.support.processes import eventually
from tests.support.terminal import stderr_is_a_terminal
from verification.chaos.run_progress import Progress


def test_a_log_gets_a_line_for_each_tenth(capsys: pytest.CaptureFixture[str]) -> None:
    progress = Progress()
    progress.print("starting the stack")
    with progress.phase("orders", 25) as advance:
        for more in (1, 1, 5, 0, 18):
            advance(more)

    assert capsys.readouterr().err.splitlines() == [
        "starting the stack",
        "orders: 2 of 25",
        "orders: 7 of 25",
        "orders: 25 of 25",
    ]


def test_a_terminal_shows_every_step_and_the_lines_printed_meanwhile(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    terminal = stderr_is_a_terminal(monkeypatch)
    progress = Progress()
    with progress.phase("orders", 300) as advance:
        advance(7)
        eventually(lambda: "7/300" in terminal.getvalue(), "7 of 300")
        progress.print("after 7 orders: the worker is killed")
        advance(1)
        eventually(lambda: "8/300" in terminal.getvalue(), "8 of 300")
    assert "after 7 orders: the worker is killed" in terminal.getvalue()
