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


@contextmanager
def profiled(into: Path) -> Generator[None]:
    """Profile this thread, and those that begin during the block; then write what `pstats` reads.

    Waiting is not counted: the clock is each thread's own CPU. Being profiled costs CPU itself,
    the more, the more calls: what a profile says are shares. It lacks the threads without Python.
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
