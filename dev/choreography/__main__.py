"""`python -m dev.choreography payment`: runs one service of the chain until SIGTERM."""

import argparse
import signal
from contextlib import closing
from threading import Event as Flag
from types import FrameType

from dev.choreography.control import folder_argument
from dev.choreography.event_log import EventLog
from dev.choreography.inventory import Inventory
from dev.choreography.memory import Memory
from dev.choreography.payment import Payment
from dev.choreography.shipment import Shipment
from dev.simulators.server import http_url
from gateways.carrier import HttpCarrier
from gateways.stripe_cards import StripeCards


def main() -> None:
    """Runs the service; everything that it needs to know is in its arguments."""
    parser = argparse.ArgumentParser(description="One service of the event chain.")
    parser.add_argument("service", choices=[Payment.name, Inventory.name, Shipment.name])
    folder_argument(parser)
    parser.add_argument("--cards", type=http_url, default="http://127.0.0.1:8105")
    parser.add_argument("--carrier", type=http_url, default="http://127.0.0.1:8106")
    given = parser.parse_args()
    stopped = Flag()

    def stop(_signal: int, _frame: FrameType | None) -> None:
        stopped.set()

    for ending in (signal.SIGTERM, signal.SIGINT):
        signal.signal(ending, stop)
    with (
        closing(EventLog(given.folder)) as log,
        closing(Memory(given.folder, given.service)) as memory,
    ):
        match given.service:
            case Payment.name:
                # The simulator's key: the chain's orders never reach a real card provider.
                service = Payment(log, memory, StripeCards("sk_test_simulator", given.cards))
            case Inventory.name:
                service = Inventory(log, memory)
            case _:
                service = Shipment(log, memory, HttpCarrier(given.carrier))
        service.run(stopped)


if __name__ == "__main__":
    main()
