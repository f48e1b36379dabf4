"""The three services of the event chain in a test's own process, with their real files."""

from pathlib import Path

import httpx

from dev.choreography import control
from dev.choreography.event_log import Event, EventLog
from dev.choreography.inventory import Inventory
from dev.choreography.memory import Memory
from dev.choreography.payment import Payment
from dev.choreography.service import Service
from dev.choreography.shipment import Shipment
from gateways.cards import CardProvider
from gateways.carrier import HttpCarrier
from gateways.stripe_cards import StripeCards
from tests.support.simulators import SECRET_KEY, Simulator


class CrashError(Exception):
    """The process ends here."""


class CrashingMemory(Memory):
    """Of a process that crashes when it has acted, before it remembers that it did."""

    def handled(self, event: Event, appended: tuple[str, ...]) -> None:
        """Only an event that it acted on is its last."""
        if appended:
            raise CrashError
        super().handled(event, appended)


class Chain:
    """The services, the log, and the simulators that they act at."""

    def __init__(self, folder: Path, cards: Simulator, carrier: Simulator) -> None:
        self.folder = folder
        self.log = EventLog(folder)
        self.cards: CardProvider = StripeCards(SECRET_KEY, cards.url)
        self._carrier = HttpCarrier(carrier.url)
        self._cards_url, self._carrier_url = cards.url, carrier.url
        self.memories = {name: Memory(folder, name) for name in control.SERVICES}

    def place(self, card: str = "good") -> int:
        """An order for one pond lily; returns its number."""
        return control.place(self.log, card)["number"]

    def close(self) -> None:
        """Close files and connections."""
        for one in (self.log, *self.memories.values(), self._carrier):
            one.close()

    def service(self, name: str, memory: Memory | None = None) -> Service:
        """A new process of this service, which continues where the last one was."""
        memory = memory or self.memories[name]
        match name:
            case "payment":
                return Payment(self.log, memory, self.cards)
            case "inventory":
                return Inventory(self.log, memory)
            case _:
                return Shipment(self.log, memory, self._carrier)

    def run(self, *names: str) -> None:
        """These services run until there is nothing left to do for them."""
        services = [self.service(name) for name in names]
        while sum(service.handle_next() for service in services):
            pass

    def events(self, number: int) -> list[str]:
        """The types of the order's events."""
        return [event.type for event in self.log.of_order(number)]

    def answers(self, number: int) -> dict[str, list[str]]:
        """Where the order is, by each service's own knowledge."""
        found = control.where(self.log, self.folder, number)
        assert found is not None
        return {answer["service"]: answer["appended"] for answer in found["answers"]}

    def charges(self, number: int) -> list[int]:
        """The amounts that the card provider has charged for the order, in cents."""
        url = f"{self._cards_url}/v1/payment_intents?limit=100"
        answer = httpx.get(url, auth=(SECRET_KEY, ""), timeout=60).raise_for_status()
        return [
            intent["amount_received"]
            for intent in answer.json()["data"]
            if intent["metadata"]["payment"] == self._reference(number)
            and intent["status"] == "succeeded"
        ]

    def shipments(self, number: int) -> list[str]:
        """The statuses of the order's shipments with the carrier."""
        answer = httpx.get(f"{self._carrier_url}/shipments", timeout=60).raise_for_status()
        return [
            one["status"]
            for one in answer.json()["shipments"]
            if one["reference"] == self._reference(number)
        ]

    def _reference(self, number: int) -> str:
        return f"chain-{self.log.of_order(number)[0].data['id']}"
