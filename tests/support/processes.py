"""Starts real processes in tests, and waits for conditions."""

import os
import subprocess
import tempfile
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from dev.temporal_server.ports import free_ports

REPOSITORY = Path(__file__).parents[2]

LIMIT_SECONDS = 60.0
"""For what takes less than a second, on a machine that does ten other things."""


def free_port() -> int:
    """A free loopback TCP port."""
    return free_ports(1)[0]


def eventually(
    condition: Callable[[], bool], what: str, timeout_seconds: float = LIMIT_SECONDS
) -> None:
    """Returns as soon as the condition holds; fails, naming `what`, if it never does."""
    end = time.monotonic() + timeout_seconds
    while not condition():
        if time.monotonic() > end:
            raise AssertionError(f"{what}: not within {timeout_seconds} s")
        time.sleep(0.02)


def answers(url: str) -> Callable[[], bool]:
    """A condition: the URL answers 2xx."""

    def check() -> bool:
        try:
            return httpx.get(url, timeout=10, trust_env=False).is_success
        except httpx.TransportError:
            return False

    return check


@dataclass(frozen=True)
class Running:
    """A process started by `running`."""

    process: subprocess.Popen[bytes]
    log_path: Path

    @property
    def pid(self) -> int:
        """Its process id."""
        return self.process.pid

    def log(self, lines: int = 1000) -> str:
        """The last lines it wrote to stdout and stderr."""
        return "\n".join(self.log_path.read_text(errors="replace").splitlines()[-lines:])

    def kill(self) -> None:
        """SIGKILL, and waits for its end."""
        self.process.kill()
        self.process.wait()

    def stop(self, timeout_seconds: float = LIMIT_SECONDS) -> int:
        """SIGTERM, SIGKILL if that does not end it; its exit status."""
        self.process.terminate()
        try:
            return self.process.wait(timeout_seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"process {self.pid} ignored SIGTERM") from None


@contextmanager
def running(
    args: Sequence[str],
    *,
    ready: Callable[[], bool],
    env: Mapping[str, str] | None = None,
    folder: Path = REPOSITORY,
    timeout_seconds: float = 2 * LIMIT_SECONDS,
) -> Generator[Running]:
    """Runs a command in `folder` until the block ends; `env` is added to ours.

    Waits for `ready` first. If the process or the block fails, the error carries its log's tail.
    """
    with tempfile.TemporaryDirectory() as log_folder:
        log_path = Path(log_folder) / "log"
        with log_path.open("wb") as log:
            process = subprocess.Popen(
                args,
                cwd=folder,
                env={**os.environ, **(env or {})},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        started = Running(process, log_path)

        def ready_or_dead() -> bool:
            if process.poll() is not None:
                raise AssertionError(f"{args[0]} ended with status {process.returncode}")
            return ready()

        try:
            eventually(ready_or_dead, f"{' '.join(args)} ready", timeout_seconds)
            yield started
        except BaseException as error:
            error.add_note(f"--- the log of {' '.join(args)} ends with ---\n{started.log(40)}")
            raise
        finally:
            if process.poll() is None:
                started.stop()
