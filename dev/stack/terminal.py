"""Ctrl-C for one program alone, and not for those that started it."""

import os
import signal
import sys
from collections.abc import Generator
from contextlib import contextmanager


@contextmanager
def ctrl_c_is_ours() -> Generator[None]:
    """In the block, Ctrl-C in the terminal reaches this process only; without a terminal, nothing.

    A terminal sends it to all of its foreground group. make is in that, and would end with
    `*** Interrupt` and exit code 130 however well what it runs has ended: so the group is one of
    our own. Ctrl-Z, which would leave make waiting for ever, does nothing meanwhile.
    """
    if not sys.stdin.isatty() or os.tcgetpgrp(sys.stdin.fileno()) != os.getpgrp():
        yield
        return
    group = os.getpgrp()
    for of_background in (signal.SIGTSTP, signal.SIGTTOU, signal.SIGTTIN):
        signal.signal(of_background, signal.SIG_IGN)
    os.setpgid(0, 0)
    os.tcsetpgrp(sys.stdin.fileno(), os.getpgrp())
    try:
        yield
    finally:
        os.tcsetpgrp(sys.stdin.fileno(), group)
