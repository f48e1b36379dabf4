"""Makes stderr a terminal, and captures it."""

import sys
from io import StringIO

import pytest


class Terminal(StringIO):
    """Keeps what is written, codes included."""

    def isatty(self) -> bool:
        """A terminal."""
        return True


def stderr_is_a_terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """Replace stderr by a terminal in this process, whatever the environment says."""
    for name in ("FORCE_COLOR", "NO_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE", "CI"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "100")
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    return terminal
