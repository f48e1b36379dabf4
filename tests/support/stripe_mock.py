"""stripe-mock, Stripe's own server that checks requests against its OpenAPI document.

It keeps no state and its answers are examples: it knows shapes, not behaviour.
"""

import fcntl
import os
import re
import shutil
import socket
import subprocess
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import pytest

from tests.support.processes import REPOSITORY, Running, free_port, running

VERSION = "v0.203.0"
BINARY = REPOSITORY / ".cache" / "bin" / "stripe-mock"

_LOGGED = re.compile(
    r"^Request: (?P<request>.+)\n(?:.*\n)*?Response: .*status=(?P<status>\d+)", re.MULTILINE
)


@dataclass(frozen=True)
class StripeMock:
    """A running stripe-mock."""

    url: str
    process: Running

    def answered(self) -> list[tuple[str, int]]:
        """Every request it was sent, as `POST /v1/refunds`, and the status it answered."""
        return [
            (found["request"], int(found["status"]))
            for found in _LOGGED.finditer(self.process.log_path.read_text())
        ]


@contextmanager
def stripe_mock() -> Generator[StripeMock]:
    """Runs stripe-mock, building it once per machine; skips the test if that can't be done."""
    binary = _built()
    port = free_port()
    args = [
        str(binary),
        "-http-addr",
        f"127.0.0.1:{port}",
        "-https-addr",
        f"127.0.0.1:{free_port()}",
    ]
    with running(args, ready=lambda: _listens(port)) as process:
        yield StripeMock(f"http://127.0.0.1:{port}", process)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _built() -> Path:
    BINARY.parent.mkdir(parents=True, exist_ok=True)
    marker = BINARY.with_name(f"stripe-mock-{VERSION}.built")
    with BINARY.with_suffix(".lock").open("w") as lock:
        # One build at a time, should several test processes come here at once.
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (BINARY.exists() and marker.exists()):
            _build()
            marker.touch()
    return BINARY


def _build() -> None:
    go = shutil.which("go")
    if go is None:
        _give_up("Go is not installed")
    built = subprocess.run(
        [go, "install", f"github.com/stripe/stripe-mock@{VERSION}"],
        env={**os.environ, "GOBIN": str(BINARY.parent)},
        capture_output=True,
        text=True,
        check=False,
    )
    if built.returncode != 0:
        _give_up(f"stripe-mock could not be built: {built.stderr[-500:]}")


def _give_up(reason: str) -> NoReturn:
    if os.environ.get("CI") == "true":
        pytest.fail(f"{reason}; CI has to have it")
    pytest.skip(f"{reason}; the shapes of requests to Stripe are not checked")
