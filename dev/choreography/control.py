"""`python -m dev.choreography.control`: places orders, changes the wiring, answers questions.

Prints JSON, for `api/dev/choreography.py`, which may not import it. It imports no service, so that
it starts within a tenth of a second.
"""

import argparse
import json
import os
import sys
from contextlib import closing
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


def state(log: EventLog) -> dict[str, Any]:
    """The wiring, and the events of the last orders."""
    orders = [_order(log, number) for number in log.last_orders(SHOWN_ORDERS)]
    return {"wiring": log.wiring, "orders": orders}


def place(log: EventLog, card: str) -> dict[str, Any]:
    """Place an order for one pond lily."""
    # Numbers begin again with a new log; the simulators may remember the former one's orders.
    order = {"id": uuid4().hex, "sku": "pond-lily", "quantity": 1}
    payment = {"amount": 2500, "currency": "EUR", "payment_method": CARDS[card]}
    return _order(log, log.place_order(order | payment))


def where(log: EventLog, folder: Path, number: int) -> dict[str, Any] | None:
    """What each service knows of the order by itself; None if there is no such order."""
    if not log.of_order(number):
        return None
    answers: list[dict[str, Any]] = []
    for name in SERVICES:
        with closing(Memory(folder, name)) as memory:
            answers.append({"service": name, "appended": memory.appended(number)})
    return {"number": number, "answers": answers}


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
    with closing(EventLog(given.folder)) as log:
        match given.command:
            case "place":
                result = place(log, given.card)
            case "rewire":
                log.rewire(given.wiring)
                result = state(log)
            case "where":
                result = where(log, given.folder, given.number)
            case "change":
                result = wiring_change()
            case _:
                result = state(log)
    json.dump(result, sys.stdout)


def _order(log: EventLog, number: int) -> dict[str, Any]:
    return {"number": number, "events": [event.as_json() for event in log.of_order(number)]}


if __name__ == "__main__":
    main()
