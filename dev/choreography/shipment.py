"""The shipment service of the chain: it ships the goods when it sees its event."""

from dev.choreography.event_log import Event, EventLog, Wiring
from dev.choreography.memory import Memory
from dev.choreography.service import Rule, Service
from gateways.carrier import Carrier, Parcel

WIRINGS = {
    Wiring.CHARGE_FIRST: Rule("GoodsFetched", appends=("GoodsShipped", "OrderFulfilled")),
    Wiring.CHARGE_LATER: Rule("GoodsFetched", appends=("GoodsShipped",)),
}


class Shipment(Service):
    """Books with the carrier, with the order as the reference."""

    name = "shipment"
    wirings = WIRINGS

    def __init__(self, log: EventLog, memory: Memory, carrier: Carrier) -> None:
        """Books with `carrier`."""
        super().__init__(log, memory)
        self._carrier = carrier

    def act(self, event: Event) -> str | None:
        """The carrier books the same reference once."""
        parcel = Parcel(event.data["sku"], event.data["quantity"])
        self._carrier.book(f"chain-{event.data['id']}", f"customer-{event.number}", [parcel])
        return None
