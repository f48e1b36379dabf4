"""The event chain of `dev/choreography`: its processes, its orders, and what they know."""

import json
import logging
from typing import Any

from api.dev.choreography_schemas import (
    ChainCard,
    ChainOrder,
    ChainService,
    ChainState,
    OrderSearch,
    Wiring,
    WiringChange,
)
from api.dev.programs import run_module
from api.dev.supervisor import RUNNING, Supervisor
from api.errors import DependencyUnavailableError
from config import Settings
from domain.errors import NotFoundError

SIMULATORS = ("chain-cards", "chain-carrier")
"""The chain's own: the audit compares what the others have with our payments and orders."""

LIMIT_SECONDS = 20.0
LOG = "the event chain's log"

log = logging.getLogger(__name__)


class EventChain:
    """Controls the chain. Stateless: it reads the log and supervisor each time.

    The chain is a program of its own, so its log is read by a process, as the audit is run.
    Raises `NotSupportedError` without supervisor, and `DependencyUnavailableError` if supervisor
    or that process does not answer.
    """

    def __init__(self, settings: Settings) -> None:
        """Uses supervisor, which runs the services."""
        self._supervisor = Supervisor(settings)

    async def state(self) -> ChainState:
        """The services, the wiring, and the last orders."""
        return await self._state_of(await _control("state"))

    async def place(self, card: ChainCard) -> ChainOrder:
        """Append OrderPlaced to the log. Starts nothing: services that are stopped stay so."""
        return ChainOrder.model_validate(await _control("place", card))

    async def rewire(self, wiring: Wiring) -> ChainState:
        """Change the wiring of all services at once."""
        return await self._state_of(await _control("rewire", wiring))

    async def switch(self, service: ChainService, *, on: bool) -> ChainState:
        """Start or stop one service."""
        state = await _control("state")  # which creates the log that the services share
        if on:
            for name in (*SIMULATORS, _program(service)):
                await self._supervisor.start(name)
        else:
            await self._supervisor.stop(_program(service))
        return await self._state_of(state)

    async def find(self, number: int) -> OrderSearch:
        """Ask each service where the order is. Raises `NotFoundError` if it was never placed."""
        found = await _control("where", str(number))
        if found is None:
            raise NotFoundError("order of the event chain", str(number))
        running = await self._running()
        for answer in found["answers"]:
            answer["running"] = answer["service"] in running
            answer["appended"] = answer["appended"] if answer["running"] else None
        return OrderSearch.model_validate(found)

    async def change(self) -> WiringChange:
        """What changing the wiring touches in the repository's code."""
        return WiringChange.model_validate(await _control("change"))

    async def _state_of(self, found: dict[str, Any]) -> ChainState:
        running = await self._running()
        services = [{"service": one, "running": one in running} for one in ChainService]
        return ChainState.model_validate({**found, "services": services})

    async def _running(self) -> set[str]:
        """The services that run now."""
        states = await self._supervisor.states()
        return {one for one in ChainService if states.get(_program(one)) in RUNNING}


def _program(service: str) -> str:
    """The service's name in supervisor."""
    return f"chain-{service}"


async def _control(*arguments: str) -> Any:
    try:
        ended = await run_module("dev.choreography.control", *arguments, limit=LIMIT_SECONDS)
    except TimeoutError as error:
        raise DependencyUnavailableError(LOG) from error
    if ended.code != 0:
        log.error("the event chain's control ended with %s: %s", ended.code, ended.errors)
        raise DependencyUnavailableError(LOG)
    return json.loads(ended.out)
