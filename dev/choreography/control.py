"""`python -m dev.choreography.control`: places orders, changes the wiring, answers questions.

Prints JSON, for `api/dev/choreography.py`, which may not import it. It imports no service, so that
it starts within a tenth of a second.
"""

import argparse
import json
import os
import sys
from pathlib import Path
from typing import Any
from uuid import uuid4

from dev.choreography.event_log import EventLog, Wiring
from dev.choreography.memory import Memory
from dev.choreography.wiring_change import wiring_change

SERVICES = ("payment", "inventory", "shipment")
CARDS = {"good": "pm_card_visa", "declined": "pm_card_chargeDeclined"}
SHOWN_ORDERS = 5


def folder_argument(parser: argparse.ArgumentParser) -> None:
    """Adds `--folder`; beside the other state of `make run` by default."""
    stack = Path(os.environ.get("STACK_FOLDER", ".data"))
    parser.add_argument("--folder", type=Path, default=stack / "choreography")


def state(folder: Path) -> dict[str, Any]:
    """The wiring, and the events of the last orders."""
    log = EventLog(folder)
    return {
        "wiring": log.wiring,
        "orders": [_order(log, number) for number in log.last_orders(SHOWN_ORDERS)],
    }


def place(folder: Path, card: str) -> dict[str, Any]:
    """Place an order for one pond lily."""
    log = EventLog(folder)
    # Numbers begin again with a new log; the simulators may remember the former one's orders.
    order = {"id": uuid4().hex, "sku": "pond-lily", "quantity": 1}
    number = log.place_order(
        order | {"amount": 2500, "currency": "EUR", "payment_method": CARDS[card]}
    )
    return _order(log, number)


def where(folder: Path, number: int) -> dict[str, Any] | None:
    """What each service knows of the order by itself; None if there is no such order."""
    if not EventLog(folder).of_order(number):
        return None
    known = {name: Memory(folder, name).appended(number) for name in SERVICES}
    return {
        "number": number,
        "answers": [{"service": name, "appended": known[name]} for name in SERVICES],
    }


def main() -> None:
    """Carries out one command and prints its result as JSON."""
    parser = argparse.ArgumentParser(description="Controls the event chain.")
    folder_argument(parser)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("state", help="the wiring and the last orders")
    commands.add_parser("place", help="place an order").add_argument("card", choices=CARDS)
    commands.add_parser("rewire", help="change the wiring").add_argument("wiring", type=Wiring)
    commands.add_parser("where", help="where an order is").add_argument("number", type=int)
    commands.add_parser("change", help="what changing the wiring touches")
    given = parser.parse_args()
    match given.command:
        case "place":
            result = place(given.folder, given.card)
        case "rewire":
            EventLog(given.folder).rewire(given.wiring)
            result = state(given.folder)
        case "where":
            result = where(given.folder, given.number)
        case "change":
            result = wiring_change()
        case _:
            result = state(given.folder)
    json.dump(result, sys.stdout)


def _order(log: EventLog, number: int) -> dict[str, Any]:
    return {"number": number, "events": [event.as_json() for event in log.of_order(number)]}


if __name__ == "__main__":
    main()
