"""Fault injection in development mode: faults of the card provider and of the worker."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import httpx

from api.dev.supervisor import Supervisor
from api.errors import DependencyUnavailableError, NotSupportedError
from config import Settings

TIMEOUT_SECONDS = 5.0
WORKER = "worker"
"""The worker's name in supervisor."""


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


class FaultInjector:
    """Injects faults; stateless: it reads the state from the simulator and supervisor each time.

    Raises `NotSupportedError` if this installation has neither, and `DependencyUnavailableError` if
    one of them does not answer.
    """

    def __init__(self, settings: Settings) -> None:
        """Uses the card provider of the settings, and supervisor, which runs the worker."""
        self._supervisor = Supervisor(settings)
        self._faults = f"{settings.stripe_api_base}/_faults"

    async def active(self) -> frozenset[FaultName]:
        """The faults that are injected now."""
        card_fault = await self._card_fault()
        is_running = await self._supervisor.is_running(WORKER)
        worker_fault = None if is_running else FaultName.WORKER_STOPPED
        return frozenset(fault for fault in (card_fault, worker_fault) if fault)

    async def inject(self, name: FaultName) -> None:
        """Inject the fault; it replaces another fault of the card provider."""
        if fault := INJECTABLE_FAULTS[name].fault:
            await self._card_fault()
            await self._request("POST", json=dict(fault))
        else:
            await self._supervisor.stop(WORKER)

    async def remove(self, name: FaultName) -> None:
        """Remove the fault if it is injected."""
        if INJECTABLE_FAULTS[name].fault is None:
            await self._supervisor.start(WORKER)
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
