"""Child processes that never outlive the process that started them (Linux only).

This module also runs as a script between parent and child: it requests a signal for when the parent
ends (`PR_SET_PDEATHSIG`), and then executes the command. A `preexec_fn` could request it too, but
makes Python run its fork hooks, where exceptions such as the KeyboardInterrupt of Ctrl-C are lost.
"""

import ctypes
import os
import signal
import sys
import threading
from collections.abc import Sequence

_PR_SET_PDEATHSIG = 1


def ended_with_parent(
    command: Sequence[str], with_signal: signal.Signals = signal.SIGKILL
) -> list[str]:
    """The command line that runs `command` and ends it by `with_signal` when this process ends,
    even if that is killed.

    Where this is impossible, it is just `command`: on other systems, and in any thread but the main
    one, because to Linux the parent is the thread that forked, which may end before the process.
    """
    if sys.platform != "linux" or threading.current_thread() is not threading.main_thread():
        return [*command]
    isolated = [sys.executable, "-I", "-S", __file__]
    return [*isolated, str(int(with_signal)), str(os.getpid()), *command]


def main() -> None:
    """Executes the command, unless the parent has ended already."""
    with_signal, parent, *command = sys.argv[1:]
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(with_signal))
    if os.getppid() == int(parent):
        os.execvp(command[0], command)  # noqa: S606 - replacing this process is intended


if __name__ == "__main__":
    main()
