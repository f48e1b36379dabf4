"""Measures the CPU and memory of processes, and starts additional ones."""

import asyncio
import subprocess
import sys
import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import psutil

from dev.stack import Stack
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


def of_stack(stack: Stack) -> dict[str, list[int]]:
    """The process ids of what carries out orders, by what it is."""
    pid = stack.pid
    return {
        "worker": [pid("worker")],
        "API": [pid("api")],
        "Temporal server": [pid("temporal")],
        "mailer": [pid("mailer")],
        "simulators": [pid(name) for name in ("cards", "carrier", "mailbox")],
    }


class Cpu:
    """The CPU time of processes, those they started included."""

    def __init__(self, pids: Mapping[str, Sequence[int]]) -> None:
        """By name. Raises `psutil.NoSuchProcess` for a process that is not running."""
        self._trees = {
            name: [process for pid in some for process in _tree(pid)] for name, some in pids.items()
        }

    def read(self) -> dict[str, float]:
        """Seconds since each started. Raises `psutil.NoSuchProcess` if one has died meanwhile."""
        return {name: sum(map(_seconds, tree)) for name, tree in self._trees.items()}

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


def _tree(pid: int) -> list[psutil.Process]:
    process = psutil.Process(pid)
    return [process, *process.children(recursive=True)]


def _seconds(process: psutil.Process) -> float:
    times = process.cpu_times()
    return times.user + times.system


def memory(pid: int) -> int:
    """The resident memory of a process in bytes (RSS)."""
    return int(psutil.Process(pid).memory_info().rss)


def memory_with_children(pids: Sequence[int]) -> int:
    """The resident memory of these processes and of those they started, in bytes."""
    return sum(memory(process.pid) for pid in pids for process in _tree(pid))


@contextmanager
def running(arguments: Sequence[str], stack: Stack, name: str) -> Generator[int]:
    """Run Python with these arguments next to the stack until the block ends; its process id."""
    with _started(arguments, stack, name) as process:
        yield process.pid


@dataclass(frozen=True)
class Finished:
    """How long a process ran, in seconds, its most resident memory in bytes, its exit status."""

    seconds: float
    memory: int
    status: int


async def finish(arguments: Sequence[str], stack: Stack, name: str) -> Finished:
    """Run Python with these arguments next to the stack until it ends by itself."""
    begun, most = time.perf_counter(), 0
    with _started(arguments, stack, name) as process:
        while (status := process.poll()) is None:
            most = max(most, memory(process.pid))
            await asyncio.sleep(PEAK_INTERVAL)
    return Finished(time.perf_counter() - begun, most, status)


@contextmanager
def _started(
    arguments: Sequence[str], stack: Stack, name: str
) -> Generator[subprocess.Popen[bytes]]:
    with (stack.logs / f"{name}.log").open("ab") as output:
        process = subprocess.Popen(
            ended_with_parent([sys.executable, *arguments]),
            cwd=ROOT,
            env=stack.environment | {"TEMPORAL_ADDRESS": stack.temporal_address},
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
