"""Starts, watches and stops the processes of supervisord.conf."""

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self, cast
from xmlrpc.client import Fault, ServerProxy

import httpx
from supervisor.xmlrpc import SupervisorTransport  # pyright: ignore[reportMissingTypeStubs]

from dev.stack.installation import Installation
from dev.temporal_server.child_processes import ended_with_parent

ROOT = Path(__file__).parents[2]
# Seconds. The eight processes need a few, and more on a busy machine with two cores.
START_LIMIT = 120.0
# Seconds. Each process may take 30 (supervisord.conf).
STOP_LIMIT = 120.0
# Seconds between two polls.
POLL_INTERVAL = 0.1
SOCKET = "supervisor.sock"


class StackError(Exception):
    """The stack, or a process of it, did not start or stop; the text is one line."""


class _Supervisor(Protocol):
    """The part of supervisor's XML-RPC interface that is used here."""

    def getAllProcessInfo(self) -> list[dict[str, Any]]: ...  # noqa: N802 - supervisor's names
    def getProcessInfo(self, name: str) -> dict[str, Any]: ...  # noqa: N802
    def startProcess(self, name: str) -> bool: ...  # noqa: N802
    def stopProcess(self, name: str) -> bool: ...  # noqa: N802


class Stack(Installation):
    """Runs the processes temporal, cards, carrier, mailbox, worker, mailer, api and codec.

    Those of the event chain, and database_lock, stay stopped until somebody starts them. A context
    manager.
    """

    _socket_folder: Path | None = None
    _supervisord: subprocess.Popen[bytes] | None = None
    _last_answer = ""

    def __enter__(self) -> Self:
        """Starts everything and waits until the API is ready.

        Raises StackError if that fails, after stopping what was started.
        """
        try:
            self.launch()
            self.wait_until_ready()
        except BaseException:
            self.shut_down()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.shut_down()

    def launch(self) -> None:
        """Migrates the database and starts supervisor, which starts the processes; does not wait.

        Raises StackError if the database can't be migrated.
        """
        self._migrate()
        self.logs.mkdir(parents=True, exist_ok=True)
        (self.logs / "supervisord.log").unlink(missing_ok=True)
        # Not in `folder`: a socket's path must be short.
        self._socket_folder = Path(tempfile.mkdtemp(prefix="stack-"))
        configuration = str(Path(__file__).parent / "supervisord.conf")
        supervisord = [sys.executable, "-m", "supervisor.supervisord", "-c", configuration]
        self._supervisord = subprocess.Popen(
            ended_with_parent(supervisord, signal.SIGTERM),
            cwd=ROOT,
            env=self.environment | {"STACK_SOCKET": str(self._socket_folder / SOCKET)},
            stdin=subprocess.DEVNULL,
            # Ctrl-C in a terminal must reach only the process that started the stack: that one
            # stops it gracefully.
            start_new_session=True,
        )

    def _migrate(self) -> None:
        done = subprocess.run(
            [sys.executable, "-m", "alembic", "upgrade", "head"],
            cwd=ROOT,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise StackError(done.stderr.strip().splitlines()[-1])

    def wait_until_ready(self, limit: float = START_LIMIT) -> None:
        """Returns once the API and its dependencies are ready. Raises StackError after `limit`
        seconds.
        """
        self._until(self._api_is_ready, limit, "the API did not become ready")

    def pid(self, name: str) -> int:
        """The process id of `name`; 0 if it is not running."""
        return int(self._info(name)["pid"])

    def kill(self, name: str) -> None:
        """SIGKILL, also to its children; returns once supervisor has restarted it."""
        before = self.pid(name)
        os.killpg(before, signal.SIGKILL)  # each process leads a group of its own
        self._until(
            lambda: self.pid(name) not in (0, before), START_LIMIT, f"{name} was not restarted"
        )

    def stop(self, name: str) -> None:
        """SIGTERM; returns once the process has ended. It stays down until `start`."""
        with self._rpc() as supervisor:
            supervisor.stopProcess(name)

    def start(self, name: str) -> None:
        """Starts a stopped process; returns once it has run for 3 s. Raises StackError if it ends
        before.
        """
        try:
            with self._rpc() as supervisor:
                supervisor.startProcess(name)
        except Fault as fault:
            raise StackError(f"{name} does not start: {self.last_line(name)}") from fault

    def restart(self, name: str) -> None:
        """`stop`, then `start`."""
        self.stop(name)
        self.start(name)

    def log(self, name: str) -> str:
        """The output of the process."""
        return (self.logs / f"{name}.log").read_text(errors="replace")

    def last_line(self, name: str) -> str:
        """The last line of its output."""
        with suppress(FileNotFoundError, IndexError):
            return self.log(name).strip().splitlines()[-1]
        return "it has no output"

    def shut_down(self) -> None:
        """Stops all processes; safe to repeat. Raises StackError if they had to be killed."""
        process, self._supervisord = self._supervisord, None
        try:
            if process is not None:
                self._stop_supervisor(process)
        finally:
            if self._socket_folder is not None:
                shutil.rmtree(self._socket_folder, ignore_errors=True)
                self._socket_folder = None

    def _stop_supervisor(self, supervisord: subprocess.Popen[bytes]) -> None:
        pids = self._pids()
        supervisord.terminate()
        try:
            supervisord.wait(STOP_LIMIT)
        except subprocess.TimeoutExpired:
            for pid in pids:
                with suppress(ProcessLookupError):
                    os.killpg(pid, signal.SIGKILL)
            supervisord.kill()
            supervisord.wait()
            raise StackError("Supervisor did not end; everything was killed.") from None

    @property
    def unclean_exits(self) -> list[str]:
        """Processes that did not exit with 0 when they were stopped, as `name (exit status 1)`."""
        text = ""
        with suppress(FileNotFoundError):  # supervisor was stopped before it wrote a log
            text = self.log("supervisord")
        return [
            f"{name} ({how})"
            for name, how in re.findall(r"stopped: (\S+) \((.*)\)", text)
            if how != "exit status 0"
        ]

    def _api_is_ready(self) -> bool:
        try:
            answer = httpx.get(f"{self.api_url}/readyz", timeout=5, trust_env=False)
        except httpx.TransportError as error:
            self._last_answer = f"its address: {error}"
            return False
        self._last_answer = f"/readyz: {answer.status_code} {answer.text}"
        return answer.is_success

    def _until(self, condition: Callable[[], bool], limit: float, complaint: str) -> None:
        end = time.monotonic() + limit
        while not condition():
            self._check_alive()
            if time.monotonic() > end:
                raise StackError(
                    f"Within {limit:.0f} seconds {complaint}; see {self.logs}. {self._last_answer}"
                )
            time.sleep(POLL_INTERVAL)

    def _check_alive(self) -> None:
        if self._supervisord is None or self._supervisord.poll() is not None:
            raise StackError(f"Supervisor ended: {self.last_line('supervisord')}")
        for info in self._infos():
            if info["statename"] == "FATAL":
                name = str(info["name"])
                raise StackError(f"{name} does not stay up: {self.last_line(name)}")

    def _pids(self) -> list[int]:
        return [info["pid"] for info in self._infos() if info["pid"]]

    def _infos(self) -> list[dict[str, Any]]:
        """Of all processes; empty before supervisor has opened its socket, and after its end."""
        with suppress(OSError), self._rpc() as supervisor:
            return supervisor.getAllProcessInfo()
        return []

    def _info(self, name: str) -> dict[str, Any]:
        with self._rpc() as supervisor:
            return supervisor.getProcessInfo(name)

    @contextmanager
    def _rpc(self) -> Generator[_Supervisor]:
        if self._socket_folder is None:
            raise StackError("The stack is not running.")
        transport = SupervisorTransport(None, None, f"unix://{self._socket_folder / SOCKET}")
        with ServerProxy("http://127.0.0.1", transport=transport) as proxy:
            yield cast("_Supervisor", proxy.supervisor)
