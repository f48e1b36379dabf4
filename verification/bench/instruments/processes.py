"""Measures the CPU and memory of processes, and starts additional ones."""

import asyncio
import subprocess
import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
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

PEAK_INTERVAL = 0.05
"""Seconds between two readings of a process's memory."""

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


def memory_with_children(pids: Sequence[int]) -> int:
    """The resident memory of the processes and of those they started, in bytes."""
    children = (child.pid for pid in pids for child in psutil.Process(pid).children(recursive=True))
    return memory([*pids, *children])


@contextmanager
def running(
    command: Sequence[str], log: Path, environment: Mapping[str, str], folder: Path = ROOT
) -> Generator[int]:
    """Run the command in `folder` until the block ends, its output in `log`; its process id."""
    with _started(command, log, environment, folder) as process:
        yield process.pid


@dataclass(frozen=True)
class Finished:
    """How long a process ran, in seconds, its most resident memory in bytes, its exit status."""

    seconds: float
    memory: int
    status: int


async def finish(command: Sequence[str], log: Path, environment: Mapping[str, str]) -> Finished:
    """Run the command until it ends by itself, its output in `log`."""
    begun, most = time.perf_counter(), 0
    with _started(command, log, environment, ROOT) as process:
        while (status := process.poll()) is None:
            most = max(most, memory([process.pid]))
            await asyncio.sleep(PEAK_INTERVAL)
    return Finished(time.perf_counter() - begun, most, status)


@contextmanager
def _started(
    command: Sequence[str], log: Path, environment: Mapping[str, str], folder: Path
) -> Generator[subprocess.Popen[bytes]]:
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
        yield process
    finally:
        process.terminate()
        try:
            process.wait(STOP_LIMIT)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
