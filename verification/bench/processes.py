"""Measures the CPU and memory of processes, and starts additional ones."""

import asyncio
import subprocess
import sys
import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager

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


@contextmanager
def running(arguments: Sequence[str], stack: Stack, name: str) -> Generator[int]:
    """Run Python with these arguments next to the stack until the block ends; its process id."""
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
        yield process.pid
    finally:
        process.terminate()
        try:
            process.wait(STOP_LIMIT)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
