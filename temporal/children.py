"""Child processes that never outlive the process that started them."""

import ctypes
import signal
import sys
import threading
from collections.abc import Callable

_PR_SET_PDEATHSIG = 1


def dies_with_its_parent(with_signal: signal.Signals = signal.SIGKILL) -> Callable[[], None] | None:
    """A `preexec_fn` that has Linux send `with_signal` to the child when its parent is gone,
    however it went.

    None where that can't be had. Linux takes the parent to be the thread that forked, so only the
    main thread,
    which lives as long as the process, may ask for it.
    """
    if sys.platform != "linux" or threading.current_thread() is not threading.main_thread():
        return None
    libc = ctypes.CDLL(None)
    return lambda: libc.prctl(_PR_SET_PDEATHSIG, int(with_signal))
