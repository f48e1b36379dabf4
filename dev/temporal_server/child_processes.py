"""Child processes that never outlive the process that started them.

As a script it is what stands between: it asks for a signal at its parent's end, and becomes the
command. A `preexec_fn` could ask too; but then Python runs its hooks for forks, and an exception
raised in those, such as the KeyboardInterrupt of a Ctrl-C, is lost.
"""

import ctypes
import os
import signal
import sys
import threading
from collections.abc import Sequence

_PR_SET_PDEATHSIG = 1


def dying_with_us(
    command: Sequence[str], with_signal: signal.Signals = signal.SIGKILL
) -> list[str]:
    """What to start so that Linux sends `with_signal` to the command when we are gone, however we
    went.

    Just the command where that can't be had. Linux takes the parent to be the thread that forked,
    so only the main thread, which lives as long as the process, may ask for it.
    """
    if sys.platform != "linux" or threading.current_thread() is not threading.main_thread():
        return [*command]
    isolated = [sys.executable, "-I", "-S", __file__]
    return [*isolated, str(int(with_signal)), str(os.getpid()), *command]


def main() -> None:
    """Become the command, unless the parent is gone already."""
    with_signal, parent, *command = sys.argv[1:]
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(with_signal))
    if os.getppid() == int(parent):
        os.execvp(command[0], command)  # noqa: S606 - to become it is the point


if __name__ == "__main__":
    main()
