"""The supervisor of `make run`, over its Unix socket: starts and ends of processes."""

import asyncio
import os
import signal
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from typing import Any, Protocol, TypeVar, cast
from xmlrpc.client import Fault, ServerProxy

from supervisor.xmlrpc import SupervisorTransport  # pyright: ignore[reportMissingTypeStubs]

from api.errors import DependencyUnavailableError, NotSupportedError
from config import Settings
from domain.errors import ConflictError

POLL_SECONDS = 0.1
RUNNING = {"STARTING", "RUNNING", "BACKOFF"}
"""The states of a process that runs, or is started again after it died."""

_COMING = {"STARTING", "BACKOFF"}

RESTART_SECONDS = 20.0
"""How long supervisor may take to restart a process that was killed."""

T = TypeVar("T")


class _Rpc(Protocol):
    """The part of supervisor's XML-RPC interface used here."""

    def getAllProcessInfo(self) -> list[dict[str, Any]]: ...  # noqa: N802 - supervisor's names
    def getProcessInfo(self, name: str) -> dict[str, Any]: ...  # noqa: N802
    def startProcess(self, name: str, wait: bool) -> bool: ...  # noqa: FBT001, N802
    def stopProcess(self, name: str, wait: bool) -> bool: ...  # noqa: FBT001, N802


class Supervisor:
    """Starts and ends processes by their names in `supervisord.conf`.

    Raises `NotSupportedError` if this installation has no supervisor, and
    `DependencyUnavailableError` if it does not answer.
    """

    def __init__(self, settings: Settings) -> None:
        """Uses the Unix socket of the settings."""
        if not settings.stack_socket:
            message = "This is possible only under `make run`, which sets STACK_SOCKET."
            raise NotSupportedError(message)
        self._socket = settings.stack_socket

    async def states(self) -> dict[str, str]:
        """The state of each process, by its name: `RUNNING`, `STOPPED` and so on."""
        infos = await self._call(lambda rpc: rpc.getAllProcessInfo())
        return {info["name"]: info["statename"] for info in infos}

    async def stop(self, name: str) -> None:
        """Returns when the process has ended, for which supervisor allows 30 s."""

        def stop(rpc: _Rpc) -> None:
            with suppress(Fault):  # it is not running
                rpc.stopProcess(name, True)  # noqa: FBT003 no names in XML-RPC

        await self._call(stop)

    async def start(self, name: str) -> None:
        """Starts the process if it is not running."""

        def start(rpc: _Rpc) -> None:
            while rpc.getProcessInfo(name)["statename"] == "STOPPING":  # by another request
                time.sleep(POLL_SECONDS)
            with suppress(Fault):  # it is running
                rpc.startProcess(name, False)  # noqa: FBT003

        await self._call(start)

    async def kill(self, name: str) -> None:
        """SIGKILL, also to its children; returns once it was restarted, or soon will be.

        Raises `ConflictError` if it is not running.
        """

        def kill(rpc: _Rpc) -> None:
            end = time.monotonic() + RESTART_SECONDS
            # Killed several times before it counts as started, it would be given up.
            while (info := rpc.getProcessInfo(name))["statename"] in _COMING:
                if time.monotonic() > end:
                    break
                time.sleep(POLL_SECONDS)
            if info["statename"] != "RUNNING":
                message = f"{name} is not running, so it can't be killed: remove its faults first."
                raise ConflictError(message)
            pid = int(info["pid"])
            _kill(pid)
            while rpc.getProcessInfo(name)["pid"] in {0, pid} and time.monotonic() < end:
                time.sleep(POLL_SECONDS)

        await self._call(kill)

    async def _call(self, call: Callable[[_Rpc], T]) -> T:
        def run() -> T:
            with self._rpc() as rpc:
                return call(rpc)

        try:
            return await asyncio.to_thread(run)
        except (OSError, Fault) as error:
            raise DependencyUnavailableError("supervisor, which runs the processes") from error

    @contextmanager
    def _rpc(self) -> Generator[_Rpc]:
        transport = SupervisorTransport(None, None, f"unix://{self._socket}")
        with ServerProxy("http://127.0.0.1", transport=transport) as proxy:
            yield cast("_Rpc", proxy.supervisor)


def _kill(pid: int) -> None:
    with suppress(ProcessLookupError):  # it has ended by itself
        os.killpg(pid, signal.SIGKILL)  # each process leads a group of its own
