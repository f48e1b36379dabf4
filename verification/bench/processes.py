"""Measures the CPU and memory of processes, and starts additional ones."""

import asyncio
import subprocess
import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

from dev.stack.stack import ROOT
from dev.temporal_server.child_processes import ended_with_parent

STOP_LIMIT = 40.0
"""Seconds for a process to end after SIGTERM; the worker shuts down within 20."""

QUIET = 0.1
"""CPU seconds per second of all processes below which the system counts as idle."""

SETTLING_LIMIT = 15.0
"""Seconds. Mails are sent after the orders' end; a server may never be completely idle."""

Pids = Mapping[str, Sequence[int]]
"""By what they are: worker, API and so on."""


class Cpu:
    """The CPU time of processes, those they started included, also if these have ended."""

    def __init__(self, pids: Pids) -> None:
        """Raises `psutil.NoSuchProcess` for a process that is not running."""
        self._processes = {name: list(map(psutil.Process, some)) for name, some in pids.items()}

    def read(self) -> dict[str, float]:
        """Seconds since each started. Raises `psutil.NoSuchProcess` if one has died meanwhile."""
        return {name: sum(map(_seconds, some)) for name, some in self._processes.items()}

    async def settle(self) -> None:
        """Wait until the system is idle, so that earlier work is not measured."""
        end = time.monotonic() + SETTLING_LIMIT
        interval = 0.5
        before = sum(self.read().values())
        while time.monotonic() < end:
            await asyncio.sleep(interval)
            now = sum(self.read().values())
            if now - before < QUIET * interval:
                return
            before = now


def _seconds(process: psutil.Process) -> float:
    seconds = _with_ended_children(process)
    for child in process.children(recursive=True):
        with suppress(psutil.NoSuchProcess):  # it has just ended
            seconds += _with_ended_children(child)
    return seconds


def _with_ended_children(process: psutil.Process) -> float:
    times = process.cpu_times()
    return times.user + times.system + times.children_user + times.children_system


def memory(pids: Sequence[int]) -> int:
    """The resident memory of the processes in bytes (RSS)."""
    return sum(int(psutil.Process(pid).memory_info().rss) for pid in pids)


@contextmanager
def running(
    command: Sequence[str], log: Path, environment: Mapping[str, str], folder: Path = ROOT
) -> Generator[int]:
    """Run the command in `folder` until the block ends, its output in `log`; its process id."""
    with log.open("ab") as output:
        process = subprocess.Popen(
            ended_with_parent(command),
            cwd=folder,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        yield process.pid
    finally:
        process.terminate()
        try:
            process.wait(STOP_LIMIT)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
