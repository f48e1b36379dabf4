"""Fault injection in development mode: at the simulators, and at the processes of `make run`."""

import os
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import httpx

from api.dev.fault_catalog import (
    INJECTABLE_FAULTS,
    FaultName,
    InjectableFault,
    Kill,
    Misbehave,
    Run,
    Service,
    Stop,
)
from api.dev.supervisor import RUNNING, Supervisor
from api.errors import DependencyUnavailableError, NotSupportedError
from config import Settings

TIMEOUT_SECONDS = 5.0
MAILBOX_PORT = "8104"

_DEAD = {"BACKOFF", "EXITED", "FATAL"}
"""Died, and not restarted yet."""


class FaultInjector:
    """Injects faults; stateless: it reads the state from the simulators and supervisor each time.

    Raises `NotSupportedError` if this installation has neither, and `DependencyUnavailableError` if
    one of them does not answer.
    """

    def __init__(self, settings: Settings) -> None:
        """Uses the simulators of the settings, and supervisor, which runs the processes."""
        self._supervisor = Supervisor(settings)
        mailbox = f"http://127.0.0.1:{os.environ.get('MAILBOX_PORT', MAILBOX_PORT)}"
        self._urls = {
            Service.CARDS: settings.stripe_api_base,
            Service.CARRIER: settings.carrier_url,
            Service.MAIL: mailbox,
        }

    async def active(self) -> frozenset[FaultName]:
        """The faults that are injected now; what does not answer has none."""
        states = await self._supervisor.states()
        modes: dict[Service, str | None] = {}
        for service in Service:
            with suppress(NotSupportedError, DependencyUnavailableError):
                modes[service] = await self._mode(service)
        return frozenset(
            name for name, fault in INJECTABLE_FAULTS.items() if _is_on(fault, states, modes)
        )

    async def inject(self, name: FaultName) -> None:
        """Inject the fault; it replaces another fault of the same simulator.

        Raises `ConflictError` if it kills a process that is not running.
        """
        match INJECTABLE_FAULTS[name].way:
            case Misbehave(service, fault):
                await self._mode(service)
                await self._request(service, "POST", json=dict(fault))
            case Stop(process):
                await self._supervisor.stop(process)
            case Run(process):
                await self._supervisor.start(process)
            case Kill(process):
                await self._supervisor.kill(process)

    async def remove(self, name: FaultName) -> None:
        """Remove the fault if it is injected."""
        match INJECTABLE_FAULTS[name].way:
            case Misbehave(service, fault):
                if await self._mode(service) == fault["mode"]:
                    await self._request(service, "DELETE")
            case Stop(process):
                await self._supervisor.start(process)
            case Run(process):
                await self._supervisor.stop(process)
            case Kill(process):
                if (await self._supervisor.states()).get(process) in _DEAD:
                    await self._supervisor.start(process)

    async def reset(self) -> None:
        """Remove all faults."""
        for name in await self.active():
            await self.remove(name)

    async def _mode(self, service: Service) -> str | None:
        """The simulator's fault; raises `NotSupportedError` if something else answers."""
        try:
            fault = (await self._request(service, "GET")).json()["fault"]
        except (ValueError, KeyError) as error:
            raise NotSupportedError(_NO_SIMULATOR[service]) from error
        return fault["mode"] if fault else None

    async def _request(self, service: Service, method: str, **request: Any) -> httpx.Response:
        url = f"{self._urls[service]}/_faults"
        try:
            async with httpx.AsyncClient(timeout=TIMEOUT_SECONDS, trust_env=False) as http:
                return await http.request(method, url, **request)
        except httpx.TransportError as error:
            raise DependencyUnavailableError(f"{service}'s simulator") from error


_NO_SIMULATOR = {
    Service.CARDS: "STRIPE_API_BASE is not the simulator, the only provider with fault injection.",
    Service.CARRIER: "CARRIER_URL is not the simulator, the only carrier with fault injection.",
    Service.MAIL: "MAILBOX_PORT is not the simulator's, the only mailbox with fault injection.",
}


def _is_on(
    fault: InjectableFault, states: Mapping[str, str], modes: Mapping[Service, str | None]
) -> bool:
    """`states` are those of the processes, `modes` those of the simulators' faults."""
    match fault.way:
        case Misbehave(service, settings):
            return modes.get(service) == settings["mode"]
        case Stop(process):
            return states.get(process) not in RUNNING
        case Run(process):
            return states.get(process) in RUNNING
        case Kill(process):
            return states.get(process) in _DEAD
