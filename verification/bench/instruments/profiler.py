"""Profiles all threads of a process by the CPU they use."""

import cProfile
import pstats
import sys
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

LAST_VERSION = (3, 11)
"""From Python 3.12 on, cProfile can't profile several threads apart (sys.monitoring)."""

IS_SUPPORTED = sys.version_info[:2] <= LAST_VERSION


@contextmanager
def profiled(into: Path) -> Generator[None]:
    """Profile this thread, and those that begin during the block; then write what `pstats` reads.

    The clock is each thread's own CPU, so waiting does not count. Profiling costs CPU for each
    call: only the shares are meaningful. Threads without Python code are missing.
    """
    profiles: list[cProfile.Profile] = []

    def begin(_frame: FrameType, _event: str, _argument: object) -> None:
        # The first event of a new thread. A profile is for one thread only, and takes this place.
        sys.setprofile(None)
        profile = cProfile.Profile(time.thread_time)
        profiles.append(profile)
        profile.enable()

    threading.setprofile(begin)
    own = cProfile.Profile(time.thread_time)
    own.enable()
    try:
        yield
    finally:
        own.disable()
        threading.setprofile(None)
        stats = pstats.Stats(own)
        for profile in profiles.copy():
            stats.add(profile)
        stats.dump_stats(into)
