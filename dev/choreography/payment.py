"""The payment service of the chain: it charges the card when it sees its event."""

from typing import assert_never

from dev.choreography.event_log import Event, EventLog, Wiring
from dev.choreography.memory import Memory
from dev.choreography.service import Rule, Service
from gateways.cards import (
    CardProvider,
    Charged,
    ChargeRequest,
    Declined,
    Pending,
    ProviderUnavailableError,
)

WIRINGS = {
    Wiring.CHARGE_FIRST: Rule("OrderPlaced", appends=("PaymentReceived",)),
    Wiring.CHARGE_LATER: Rule("GoodsShipped", appends=("PaymentReceived", "OrderFulfilled")),
}


class Payment(Service):
    """Charges at the card provider, with the order as the idempotency key."""

    name = "payment"
    wirings = WIRINGS

    def __init__(self, log: EventLog, memory: Memory, cards: CardProvider) -> None:
        """Charges with `cards`."""
        super().__init__(log, memory)
        self._cards = cards

    def act(self, event: Event) -> str | None:
        """A declined card is a fact like any other: whoever cares may listen to it."""
        order = f"chain-{event.data['id']}"
        outcome = self._cards.charge(
            ChargeRequest(
                key=f"{order}:charge",
                payment_id=order,
                attempt=1,
                amount=event.data["amount"],
                currency=event.data["currency"],
                payment_method=event.data["payment_method"],
            )
        )
        match outcome:
            case Charged():
                return None
            case Declined():
                return "CreditCardFailed"
            case Pending():
                raise ProviderUnavailableError(f"The bank has not decided on {order} yet.")
            case _:
                assert_never(outcome)
