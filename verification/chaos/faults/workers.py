"""Replaces the stack's worker: by a later release, or by one with a wrong clock."""

import asyncio
import subprocess
import sys
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from dev.stack import Stack, StackError
from dev.stack.stack import ROOT
from dev.temporal_server.child_processes import ended_with_parent
from verification.chaos.databases import UnsupportedFaultError
from verification.chaos.launcher import Worker

LIBRARIES = Path("/usr/lib")
SERVING = "serving orders"
"""What a worker logs when it starts serving."""

START_LIMIT = 60.0
STOP_LIMIT = 40.0
"""Seconds; a worker shuts down within 20."""


class Workers:
    """The stack's worker, which is started by `verification.chaos.launcher`."""

    def __init__(
        self, stack: Stack, file: Path, worker: Sequence[str], next_release: Sequence[str]
    ) -> None:
        """`file` configures the launcher; `worker` and `next_release` are arguments of Python."""
        self._stack = stack
        self._file = file
        self._current = Worker(worker)
        self._next = Worker(next_release)
        self._current.write(file)

    async def roll(self) -> None:
        """Start the next release beside the worker, then replace the worker by it."""
        self._current = self._next
        self._current.write(self._file)
        async with self._beside(self._current):
            await asyncio.to_thread(self._stack.restart, "worker")

    async def shift_clock(self, days: int, seconds: float) -> None:
        """Replace the worker by one with a wrong clock, and after `seconds` by the former one.

        Raises UnsupportedFaultError without libfaketime.
        """
        library = _library()
        wrong = Worker(
            self._current.arguments,
            {
                "LD_PRELOAD": str(library),
                "FAKETIME": f"{days:+}d",
                # Timeouts and pauses keep the real clock.
                "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            },
        )
        wrong.write(self._file)
        try:
            await self._restart()
            await asyncio.sleep(seconds)
        finally:
            self._current.write(self._file)
            await self._restart()

    async def _restart(self) -> None:
        """Restart the worker; returns when it serves."""
        before = self._stack.log("worker").count(SERVING)
        await asyncio.to_thread(self._stack.restart, "worker")
        end = time.monotonic() + START_LIMIT
        while (await asyncio.to_thread(self._stack.log, "worker")).count(SERVING) == before:
            if time.monotonic() > end:
                raise StackError("The worker does not serve after its restart; see worker.log.")
            await asyncio.sleep(0.1)

    @asynccontextmanager
    async def _beside(self, worker: Worker) -> AsyncGenerator[None]:
        log = self._stack.logs / "worker-beside.log"
        with log.open("wb") as output:
            process = subprocess.Popen(  # noqa: ASYNC220  in this thread, or it would die with another
                ended_with_parent([sys.executable, *worker.arguments]),
                cwd=ROOT,
                env=self._stack.client_environment | dict(worker.environment),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        try:
            await _wait_until_serving(process, log)
            yield
        finally:
            process.terminate()
            await asyncio.to_thread(process.wait, STOP_LIMIT)


async def _wait_until_serving(process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + START_LIMIT
    while SERVING not in await asyncio.to_thread(log.read_text):
        if process.poll() is not None or time.monotonic() > end:
            raise StackError(f"The second worker does not serve; see {log}.")
        await asyncio.sleep(0.1)


def _library() -> Path:
    found = next(LIBRARIES.glob("*/faketime/libfaketimeMT.so.1"), None)
    if found is None:
        raise UnsupportedFaultError("libfaketime is missing: apt-get install faketime")
    return found
