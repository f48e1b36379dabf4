"""Orders and their events for people at a terminal."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from rich.console import Group
from rich.table import Table
from rich.text import Text

from clients.cli.listing import short
from clients.event_text import text_of
from clients.rest import Event
from domain.money import format_decimal

SECONDS_PER_DAY = 86_400
GOOD_ENDS = {"fulfilled", "received"}
BAD_ENDS = {"not_fulfilled", "canceled", "refunded"}
GOOD_REFUNDS = {"succeeded", "settled_outside"}
OWED_REFUNDS = {"refused", "failed"}


class Timeline:
    """The lines of a timeline; days are counted from the first event."""

    def __init__(self) -> None:
        self._start: datetime | None = None

    def line(self, event: Event) -> Text:
        """The day, order or payment, what happened, and its amounts."""
        at = datetime.fromisoformat(event.at)
        self._start = self._start or at
        day = round((at - self._start).total_seconds() / SECONDS_PER_DAY)
        when = Text.assemble((f"day {day:<3}", "cyan"), (f"  {event.kind:<8}", "dim"))
        return when + text_of(event)


def orders(found: Iterable[dict[str, Any]]) -> Table:
    """A table of orders, as the API shows them."""
    table = Table("order", "customer", "policy", "status", "total", "placed", box=None)
    for order in found:
        status = Text(order["status"], style=_style(order["status"]))
        if order["reason"]:
            status.append(f" ({order['reason']})", style="dim")
        table.add_row(
            short(order["id"]),
            order["customer_id"],
            order["policy"],
            status,
            money(order["total"], order["currency"]),
            moment(order["placed_at"]),
        )
    return table


def customers(found: Iterable[dict[str, Any]]) -> Table:
    """A table of customers, as the API shows them."""
    table = Table("customer", "name", "balance", "card", box=None)
    for one in found:
        card = one["card"]
        shown = f"{card['brand']} {card['last4']}" if card else "none"
        balance = money(one["balance"], one["currency"])
        table.add_row(one["id"], Text(one["name"]), balance, shown)
    return table


def products(found: Iterable[dict[str, Any]]) -> Table:
    """A table of products, as the API shows them."""
    table = Table("product", "name", "price", "stock", box=None)
    for one in found:
        price = money(one["price"], one["currency"])
        table.add_row(one["sku"], Text(one["name"]), price, str(one["stock"]))
    return table


def refunds(seen: dict[str, Any]) -> Group:
    """The disputes of a payment, what of it is held, and a table of its refunds."""
    currency = seen["currency"]
    disputes = [_dispute(one) for one in seen["disputes"]]
    held = Text(f"held: card {money(seen['card'], currency)}, ")
    held.append(f"account {money(seen['account'], currency)}")
    table = Table("refund", "status", "card", "account", "requested", box=None)
    for refund in seen["refunds"]:
        status = Text(refund["status"], style=_style(refund["status"]))
        if refund["failure"]:
            status.append(f" ({refund['failure']})", style="dim")
        if refund["replaced_by"]:
            status.append(f", replaced by {refund['replaced_by']}")
        table.add_row(
            Text(refund["reference"]),
            status,
            money(refund["to_card"], currency),
            money(refund["to_account"], currency),
            moment(refund["requested_at"]),
        )
    return Group(*disputes, held, *([table] if seen["refunds"] else []))


def _dispute(seen: dict[str, Any]) -> Text:
    kind = "disputed" if seen["kind"] == "dispute" else "early fraud warning"
    text = Text(kind, style="red" if seen["is_open"] else "dim")
    if seen["amount"] is not None:
        text.append(f" {money(seen['amount'], seen['currency'])}")
    reason = f" ({seen['reason']})" if seen["reason"] else ""
    return text.append(f": {seen['status']}{reason}, since {moment(seen['opened_at'])}")


def state(seen: dict[str, Any]) -> Text:
    """In a line: the status of an order or a payment, and what it waits for."""
    text = Text(seen["status"], style=_style(seen["status"]))
    if seen.get("reason"):
        text.append(f": {seen['reason']}")
    payment = seen.get("payment", seen)
    if payment and payment["status"] == "awaiting_card":
        text.append(f", waiting for another card until {moment(payment['deadline'])}")
        if payment["next_reminder_at"]:
            text.append(f", next reminder {moment(payment['next_reminder_at'])}")
        if payment["failure"]:
            text.append(f". {payment['failure']['message']}")
    return text


def money(amount: int, currency: str) -> str:
    """`amount` in minor units, as people read it."""
    return f"{format_decimal(amount, currency)} {currency}"


def moment(text: str) -> str:
    """A point in time from the API, to the minute, in UTC."""
    return f"{datetime.fromisoformat(text).astimezone(UTC):%Y-%m-%d %H:%M}"


def _style(status: str) -> str:
    if status in GOOD_ENDS | GOOD_REFUNDS:
        return "green"
    return "red" if status in BAD_ENDS | OWED_REFUNDS else "yellow"
