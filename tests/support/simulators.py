"""The simulators as processes on free ports, with their fault switches."""

import sys
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from tests.support.processes import Running, answers, eventually, free_port, running

SECRET_KEY = "sk_test_simulator"


@dataclass(frozen=True)
class FaultSwitch:
    """Switches a simulator's faults; `url` is that of its HTTP port."""

    url: str

    def fault(self, mode: str, **settings: Any) -> None:
        """Puts a fault in force; `dev.simulators.faults` lists them."""
        answer = httpx.post(f"{self.url}/_faults", json={"mode": mode, **settings}, timeout=60)
        assert answer.is_success, answer.text

    def clear_faults(self) -> None:
        """Ends the fault in force; requests that are held continue."""
        httpx.delete(f"{self.url}/_faults", timeout=60).raise_for_status()

    def fault_mode(self) -> str | None:
        """The mode of the fault in force."""
        fault = httpx.get(f"{self.url}/_faults", timeout=60).json()["fault"]
        return fault and fault["mode"]

    def held(self) -> int:
        """How many requests are held now."""
        return int(httpx.get(f"{self.url}/_faults", timeout=60).json()["held"])

    def await_held(self, count: int = 1) -> None:
        """Waits until so many requests are held."""
        eventually(lambda: self.held() == count, f"{count} requests held")


@dataclass(frozen=True)
class Simulator(FaultSwitch):
    """A running simulator."""

    process: Running
    smtp_url: str = ""


@contextmanager
def cards(state: Path, *options: str) -> Generator[Simulator]:
    """The card provider, its SQLite file at `state`."""
    with _simulator("dev.simulators.cards", state, *options) as simulator:
        yield simulator


@contextmanager
def carrier(state: Path) -> Generator[Simulator]:
    """The carrier, its SQLite file at `state`."""
    with _simulator("dev.simulators.carrier", state) as simulator:
        yield simulator


@contextmanager
def mailbox(state: Path) -> Generator[Simulator]:
    """The mailbox, its SQLite file at `state`."""
    port = free_port()
    with _simulator(
        "dev.simulators.mailbox",
        state,
        "--smtp-port",
        str(port),
        smtp_url=f"smtp://127.0.0.1:{port}",
    ) as simulator:
        yield simulator


@contextmanager
def _simulator(module: str, state: Path, *options: str, smtp_url: str = "") -> Generator[Simulator]:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    args = [sys.executable, "-m", module, "--port", str(port), "--db", str(state), *options]
    with running(args, ready=answers(f"{url}/healthz")) as process:
        yield Simulator(url, process, smtp_url)
