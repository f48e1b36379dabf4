"""Ctrl-C for this process only."""

import os
import signal
import sys
from collections.abc import Generator
from contextlib import contextmanager


@contextmanager
def ctrl_c_for_this_process() -> Generator[None]:
    """In the block, Ctrl-C in the terminal reaches only this process.

    Without a terminal, nothing changes.

    A terminal sends SIGINT to its whole foreground process group. That includes make, which then
    ends with `*** Interrupt` and exit code 130 even if this process ends well. So this process
    becomes a group of its own. Ctrl-Z is ignored meanwhile: make would wait forever.
    """
    if not sys.stdin.isatty() or os.tcgetpgrp(sys.stdin.fileno()) != os.getpgrp():
        yield
        return
    group = os.getpgrp()
    for job_control in (signal.SIGTSTP, signal.SIGTTOU, signal.SIGTTIN):
        signal.signal(job_control, signal.SIG_IGN)
    os.setpgid(0, 0)
    os.tcsetpgrp(sys.stdin.fileno(), os.getpgrp())
    try:
        yield
    finally:
        os.tcsetpgrp(sys.stdin.fileno(), group)
