"""Fault injection in development mode: faults of the card provider and of the worker."""

import asyncio
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol, TypeVar, cast
from xmlrpc.client import Fault, ServerProxy

import httpx
from supervisor.xmlrpc import SupervisorTransport  # pyright: ignore[reportMissingTypeStubs]

from api.errors import DependencyUnavailableError, NotSupportedError
from config import Settings

TIMEOUT_SECONDS = 5.0
POLL_SECONDS = 0.1
WORKER = "worker"
"""The worker's name in supervisor."""

_RUNNING = {"STARTING", "RUNNING", "BACKOFF"}

T = TypeVar("T")


class FaultName(StrEnum):
    """The faults that can be injected; the card provider has at most one at a time."""

    CARDS_DOWN = "cards_down"
    CARDS_SLOW = "cards_slow"
    CARDS_LOSE_ANSWERS = "cards_lose_answers"
    WORKER_STOPPED = "worker_stopped"


@dataclass(frozen=True)
class InjectableFault:
    """Its effects for people; `fault` is the simulator's parameter, None for the worker."""

    title: str
    expect: str
    fault: Mapping[str, Any] | None = None


INJECTABLE_FAULTS: Mapping[FaultName, InjectableFault] = {
    FaultName.CARDS_DOWN: InjectableFault(
        "The card provider is down",
        "New payments stay at 'charging': each attempt fails and is retried, eventually once a "
        "minute. No order fails and no mail is sent, but no new card can be registered. All "
        "payments continue when the provider is available again.",
        {"mode": "down"},
    ),
    FaultName.CARDS_SLOW: InjectableFault(
        "The card provider is slow",
        "Every charge takes five seconds longer, and its order waits for it. Nothing else changes: "
        "payments from the account are as fast as before.",
        {"mode": "slow", "seconds": 5},
    ),
    FaultName.CARDS_LOSE_ANSWERS: InjectableFault(
        "The card provider loses its responses",
        "It charges the card and closes the connection. Payments stay at 'charging' and retry with "
        "the same idempotency key. When responses arrive again, each card was charged once.",
        {"mode": "lose_answer"},
    ),
    FaultName.WORKER_STOPPED: InjectableFault(
        "The worker is stopped",
        "Orders are still accepted and stay where they are: Temporal keeps them. When the worker "
        "is started again, it continues each of them, including timers that have fired.",
    ),
}


class _Supervisor(Protocol):
    """The part of supervisor's XML-RPC interface used here."""

    def getProcessInfo(self, name: str) -> dict[str, Any]: ...  # noqa: N802 - supervisor's names
    def startProcess(self, name: str, wait: bool) -> bool: ...  # noqa: FBT001, N802
    def stopProcess(self, name: str, wait: bool) -> bool: ...  # noqa: FBT001, N802


class FaultInjector:
    """Injects faults; stateless: it reads the state from the simulator and supervisor each time.

    Raises `NotSupportedError` if this installation has neither, and `DependencyUnavailableError` if
    one of them does not answer.
    """

    def __init__(self, settings: Settings) -> None:
        """Uses the card provider of the settings, and supervisor, which runs the worker."""
        if not settings.stack_socket:
            message = "Faults can be injected only under `make run`, which sets STACK_SOCKET."
            raise NotSupportedError(message)
        self._faults = f"{settings.stripe_api_base}/_faults"
        self._socket = settings.stack_socket

    async def active(self) -> frozenset[FaultName]:
        """The faults that are injected now."""
        card_fault = await self._card_fault()
        is_stopped = await self._rpc(_state) not in _RUNNING
        worker_fault = FaultName.WORKER_STOPPED if is_stopped else None
        return frozenset(fault for fault in (card_fault, worker_fault) if fault)

    async def inject(self, name: FaultName) -> None:
        """Inject the fault; it replaces another fault of the card provider."""
        if fault := INJECTABLE_FAULTS[name].fault:
            await self._card_fault()
            await self._request("POST", json=dict(fault))
        else:
            await self._rpc(_stop)

    async def remove(self, name: FaultName) -> None:
        """Remove the fault if it is injected."""
        if INJECTABLE_FAULTS[name].fault is None:
            await self._rpc(_start)
        elif await self._card_fault() is name:
            await self._request("DELETE")

    async def reset(self) -> None:
        """Remove all faults."""
        for name in await self.active():
            await self.remove(name)

    async def _card_fault(self) -> FaultName | None:
        """The simulator's fault; raises `NotSupportedError` for any other card provider."""
        try:
            fault = (await self._request("GET")).json()["fault"]
        except (ValueError, KeyError) as error:
            message = (
                "STRIPE_API_BASE is not the simulator, the only provider with fault injection."
            )
            raise NotSupportedError(message) from error
        for name, known in INJECTABLE_FAULTS.items():
            if fault and known.fault and known.fault["mode"] == fault["mode"]:
                return name
        return None

    async def _request(self, method: str, **request: Any) -> httpx.Response:
        try:
            async with httpx.AsyncClient(timeout=TIMEOUT_SECONDS, trust_env=False) as http:
                return await http.request(method, self._faults, **request)
        except httpx.TransportError as error:
            raise DependencyUnavailableError("the card provider's simulator") from error

    async def _rpc(self, call: Callable[[_Supervisor], T]) -> T:
        try:
            return await asyncio.to_thread(_call_supervisor, self._socket, call)
        except OSError as error:
            raise DependencyUnavailableError("supervisor, which runs the worker") from error


def _call_supervisor(socket: str, call: Callable[[_Supervisor], T]) -> T:
    transport = SupervisorTransport(None, None, f"unix://{socket}")
    with ServerProxy("http://127.0.0.1", transport=transport) as proxy:
        return call(cast("_Supervisor", proxy.supervisor))


def _state(supervisor: _Supervisor) -> str:
    return supervisor.getProcessInfo(WORKER)["statename"]


def _stop(supervisor: _Supervisor) -> None:
    """Returns when the worker has shut down, for which supervisor allows 30 s."""
    with suppress(Fault):  # it is not running
        supervisor.stopProcess(WORKER, True)  # noqa: FBT003 no names in XML-RPC


def _start(supervisor: _Supervisor) -> None:
    while _state(supervisor) == "STOPPING":  # another request is stopping it
        time.sleep(POLL_SECONDS)
    with suppress(Fault):  # it is running
        supervisor.startProcess(WORKER, False)  # noqa: FBT003
