"""The inventory service of the chain: it fetches the goods when it sees its event."""

from dev.choreography.event_log import Event, Wiring
from dev.choreography.service import Rule, Service

WIRINGS = {
    Wiring.CHARGE_FIRST: Rule("PaymentReceived", appends=("GoodsFetched",)),
    Wiring.CHARGE_LATER: Rule("OrderPlaced", appends=("GoodsFetched",)),
}


class Inventory(Service):
    """Takes the goods out of its own stock."""

    name = "inventory"
    wirings = WIRINGS

    def act(self, event: Event) -> str | None:
        """Each time anew: it does not remember for which orders it has done so."""
        return None if self._memory.take(event.data["quantity"]) else "GoodsUnavailable"
