"""Events as people in a terminal read them."""

from rich.text import Text

from clients.rest import Event

GOOD = {
    "CreditCardCharged",
    "AmountWithdrawn",
    "PaymentReceived",
    "GoodsFetched",
    "GoodsShipped",
    "OrderFulfilled",
}
BAD = {"CreditCardFailed", "PaymentCanceled", "OrderNotFulfilled", "GoodsUnavailable"}
AMOUNTS = {"amount", "total", "rest"}
SHOWN = (
    *("amount", "total", "rest", "reminder", "code", "decline_code", "message", "reason"),
    *("tracking_number", "policy"),
)


def text_of(event: Event) -> Text:
    """The event's type, with its amounts and reasons; green is good, red is bad."""
    style = "green" if event.type in GOOD else "red" if event.type in BAD else "yellow"
    return Text.assemble((event.type, style), (f"  {_details(event)}", "dim"))


def _details(event: Event) -> str:
    shown = ((name, event.data[name]) for name in SHOWN if event.data.get(name) is not None)
    return "  ".join(
        f"{value / 100:.2f}" if name in AMOUNTS else f"{value}" for name, value in shown
    )
