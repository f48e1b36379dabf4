"""Troubles to be made on purpose, in development mode, and what is to be seen then."""

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

from api.errors import DependencyAwayError, NotSupportedError
from config import Settings

TIMEOUT_SECONDS = 5.0
POLL_SECONDS = 0.1
WORKER = "worker"
"""What supervisor knows the worker by."""

_RUNNING = {"STARTING", "RUNNING", "BACKOFF"}

T = TypeVar("T")


class TroubleName(StrEnum):
    """What may be made to go wrong; the card provider can have one fault at a time."""

    CARDS_DOWN = "cards_down"
    CARDS_SLOW = "cards_slow"
    CARDS_LOSE_ANSWERS = "cards_lose_answers"
    WORKER_STOPPED = "worker_stopped"


@dataclass(frozen=True)
class Trouble:
    """What it is and what to expect of it; `fault` is the card provider's, None for the worker."""

    title: str
    expect: str
    fault: Mapping[str, Any] | None = None


TROUBLES: Mapping[TroubleName, Trouble] = {
    TroubleName.CARDS_DOWN: Trouble(
        "The card provider is down",
        "New payments stay at 'charging': each try fails and is repeated, at last once a minute. "
        "No order fails, nobody is told; but no new card is taken. Up again, all of them go on.",
        {"mode": "down"},
    ),
    TroubleName.CARDS_SLOW: Trouble(
        "The card provider is slow",
        "Every charge takes five seconds longer, and its order waits for it. Nothing else changes; "
        "what is paid from the account is as fast as ever.",
        {"mode": "slow", "seconds": 5},
    ),
    TroubleName.CARDS_LOSE_ANSWERS: Trouble(
        "The card provider loses its answers",
        "It charges the card and hangs up. Payments stay at 'charging' and ask again under the "
        "same key. Once answers arrive again, each card has been charged exactly once.",
        {"mode": "lose_answer"},
    ),
    TroubleName.WORKER_STOPPED: Trouble(
        "The worker is stopped",
        "Orders are still accepted, and stay where they are: Temporal keeps them. Started again, "
        "the worker goes on with each of them, also with what fell due meanwhile.",
    ),
}


class _Supervisor(Protocol):
    """The part of supervisor's XML-RPC interface used here."""

    def getProcessInfo(self, name: str) -> dict[str, Any]: ...  # noqa: N802 - supervisor's names
    def startProcess(self, name: str, wait: bool) -> bool: ...  # noqa: FBT001, N802
    def stopProcess(self, name: str, wait: bool) -> bool: ...  # noqa: FBT001, N802


class TroubleMaker:
    """Remembers nothing: who makes the trouble is asked each time, so that all see the same.

    Raises `NotSupportedError` where this installation has nothing to make trouble with, and
    `DependencyAwayError` if what it has does not answer.
    """

    def __init__(self, settings: Settings) -> None:
        """With the card provider of the settings, and supervisor, which runs the worker."""
        if not settings.stack_socket:
            message = "Trouble is made only where `make run` runs everything (STACK_SOCKET is set)."
            raise NotSupportedError(message)
        self._faults = f"{settings.stripe_api_base}/_faults"
        self._socket = settings.stack_socket

    async def now(self) -> frozenset[TroubleName]:
        """What goes wrong at the moment, on purpose."""
        cards = await self._of_cards()
        worker = await self._rpc(_state) not in _RUNNING
        found = {TroubleName.WORKER_STOPPED} if worker else set[TroubleName]()
        return frozenset(found | ({cards} if cards else set[TroubleName]()))

    async def make(self, name: TroubleName) -> None:
        """Again changes nothing; another trouble of the card provider is over then."""
        if fault := TROUBLES[name].fault:
            await self._of_cards()
            await self._ask("POST", json=dict(fault))
        else:
            await self._rpc(_stop)

    async def end(self, name: TroubleName) -> None:
        """Put this right, if it is wrong."""
        if TROUBLES[name].fault is None:
            await self._rpc(_start)
        elif await self._of_cards() is name:
            await self._ask("DELETE")

    async def end_all(self) -> None:
        """Put everything right."""
        for name in await self.now():
            await self.end(name)

    async def _of_cards(self) -> TroubleName | None:
        """The trouble of the card provider, which must be the simulator: no other is touched."""
        try:
            fault = (await self._ask("GET")).json()["fault"]
        except (ValueError, KeyError) as error:
            message = "STRIPE_API_BASE does not name the simulator; no other can be made to fail."
            raise NotSupportedError(message) from error
        for name, trouble in TROUBLES.items():
            if fault and trouble.fault and trouble.fault["mode"] == fault["mode"]:
                return name
        return None

    async def _ask(self, method: str, **request: Any) -> httpx.Response:
        try:
            async with httpx.AsyncClient(timeout=TIMEOUT_SECONDS, trust_env=False) as http:
                return await http.request(method, self._faults, **request)
        except httpx.TransportError as error:
            raise DependencyAwayError("the card provider's simulator") from error

    async def _rpc(self, call: Callable[[_Supervisor], T]) -> T:
        try:
            return await asyncio.to_thread(_called, self._socket, call)
        except OSError as error:
            raise DependencyAwayError("supervisor, which runs the worker") from error


def _called(socket: str, call: Callable[[_Supervisor], T]) -> T:
    transport = SupervisorTransport(None, None, f"unix://{socket}")
    with ServerProxy("http://127.0.0.1", transport=transport) as proxy:
        return call(cast("_Supervisor", proxy.supervisor))


def _state(supervisor: _Supervisor) -> str:
    return supervisor.getProcessInfo(WORKER)["statename"]


def _stop(supervisor: _Supervisor) -> None:
    """Returns when it has ended what it was at, which supervisor gives it 30 s for."""
    with suppress(Fault):  # it does not run
        supervisor.stopProcess(WORKER, True)  # noqa: FBT003 no names in XML-RPC


def _start(supervisor: _Supervisor) -> None:
    while _state(supervisor) == "STOPPING":  # somebody else has just asked for that
        time.sleep(POLL_SECONDS)
    with suppress(Fault):  # it runs
        supervisor.startProcess(WORKER, False)  # noqa: FBT003
