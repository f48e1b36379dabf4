"""What the services of the chain have in common: reading the log, and appending to it."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from threading import Event as Flag
from typing import ClassVar

from dev.choreography.event_log import Event, EventLog, Wiring
from dev.choreography.memory import Memory
from gateways.cards import ProviderUnavailableError
from gateways.carrier import CarrierUnavailableError

POLL_SECONDS = 0.2
RETRY_SECONDS = 1.0


@dataclass(frozen=True)
class Rule:
    """The event that a service listens to, and those that it appends once it has acted."""

    listens_to: str
    appends: tuple[str, ...]


class Service(ABC):
    """A listener: it forms the intent itself, as no command reaches it (slide 4)."""

    name: ClassVar[str]
    wirings: ClassVar[Mapping[Wiring, Rule]]

    def __init__(self, log: EventLog, memory: Memory) -> None:
        """Continues where `memory` says that it was."""
        self._log = log
        self._memory = memory

    @abstractmethod
    def act(self, event: Event) -> str | None:
        """Do this service's work for the order; returns the failure's event, or None if done."""

    def handle_next(self) -> bool:
        """Handle one event; False if there is none.

        The position is remembered last: after a crash the event is handled again. Remembering it
        first would lose the event instead, as the log and the work are no one transaction.
        """
        event = self._log.after(self._memory.position)
        if event is None:
            return False
        rule = self.wirings[self._log.wiring]
        appended: tuple[str, ...] = ()
        if event.type == rule.listens_to:
            failure = self.act(event)
            appended = (failure,) if failure else rule.appends
            for type in appended:
                self._log.append(event.number, type, self.name, event.data)
        self._memory.handled(event, appended)
        return True

    def run(self, stopped: Flag) -> None:
        """Handle events until `stopped` is set; an unavailable provider is tried again."""
        while not stopped.is_set():
            try:
                if not self.handle_next():
                    stopped.wait(POLL_SECONDS)
            except (ProviderUnavailableError, CarrierUnavailableError) as error:
                print(error, flush=True)
                stopped.wait(RETRY_SECONDS)
