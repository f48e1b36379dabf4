"""The processes of `make run`, started and stopped through supervisor's XML-RPC interface."""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Protocol, TypeVar, cast
from xmlrpc.client import Fault, ServerProxy

from supervisor.xmlrpc import SupervisorTransport  # pyright: ignore[reportMissingTypeStubs]

from api.errors import DependencyUnavailableError, NotSupportedError
from config import Settings

POLL_SECONDS = 0.1

_RUNNING = {"STARTING", "RUNNING", "BACKOFF"}

T = TypeVar("T")


class _Rpc(Protocol):
    """The part of supervisor's XML-RPC interface used here."""

    def getProcessInfo(self, name: str) -> dict[str, Any]: ...  # noqa: N802 - supervisor's names
    def startProcess(self, name: str, wait: bool) -> bool: ...  # noqa: FBT001, N802
    def stopProcess(self, name: str, wait: bool) -> bool: ...  # noqa: FBT001, N802


class Supervisor:
    """Starts and stops processes by their names in `supervisord.conf`.

    Raises `NotSupportedError` if this installation has no supervisor, and
    `DependencyUnavailableError` if it does not answer.
    """

    def __init__(self, settings: Settings) -> None:
        """Uses the socket of the settings."""
        if not settings.stack_socket:
            message = "This is possible only under `make run`, which sets STACK_SOCKET."
            raise NotSupportedError(message)
        self._socket = settings.stack_socket

    async def is_running(self, name: str) -> bool:
        """Whether the process runs, or is started again after it died."""
        return await self._call(lambda rpc: _state(rpc, name)) in _RUNNING

    async def stop(self, name: str) -> None:
        """Returns when the process has shut down, for which supervisor allows 30 s."""
        with suppress(Fault):  # it is not running
            await self._call(lambda rpc: rpc.stopProcess(name, True))  # noqa: FBT003 XML-RPC

    async def start(self, name: str) -> None:
        """Returns once the process is starting."""
        await self._call(lambda rpc: _start(rpc, name))

    async def _call(self, call: Callable[[_Rpc], T]) -> T:
        try:
            return await asyncio.to_thread(_call, self._socket, call)
        except OSError as error:
            raise DependencyUnavailableError("supervisor, which runs the processes") from error


def _call(socket: str, call: Callable[[_Rpc], T]) -> T:
    transport = SupervisorTransport(None, None, f"unix://{socket}")
    with ServerProxy("http://127.0.0.1", transport=transport) as proxy:
        return call(cast("_Rpc", proxy.supervisor))


def _state(rpc: _Rpc, name: str) -> str:
    return rpc.getProcessInfo(name)["statename"]


def _start(rpc: _Rpc, name: str) -> None:
    while _state(rpc, name) == "STOPPING":  # another request is stopping it
        time.sleep(POLL_SECONDS)
    with suppress(Fault):  # it is running
        rpc.startProcess(name, False)  # noqa: FBT003 no names in XML-RPC
