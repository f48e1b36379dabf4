"""Follows an order and its payment as things happen, across lost connections."""

import time
from collections.abc import Iterator

from clients import calls
from clients.errors import UnavailableError
from clients.rest import Event, RestClient

# Seconds before a stream that ended is requested again, from the last event that was seen.
RETRY_INTERVAL = 0.2
# The same, while the API is unavailable.
UNAVAILABLE_INTERVAL = 1.0

ENDED_ORDER = {"fulfilled", "not_fulfilled"}
ENDED_PAYMENT = {"received", "canceled", "refunded"}

News = Event | UnavailableError
"""Something happened, or the API is unavailable and will be tried again."""


def follow(api: RestClient, kind: str, id: str) -> Iterator[News]:
    """The events of an order with those of its payment, or of a payment alone, until it ended.

    They are in the order in which they happened. Raises RefusedError.
    """
    kinds = ("order", "payment") if kind == "order" else ("payment",)
    seen = {f"{one}/{id}": 0 for one in kinds}
    while True:
        pause = RETRY_INTERVAL
        try:
            has_ended = api.send(calls.get(kind, id))["status"] in ENDED_ORDER | ENDED_PAYMENT
            for event in api.events(seen):
                seen[event.stream] = event.sequence
                yield event
        except UnavailableError as error:
            yield error
            pause = UNAVAILABLE_INTERVAL
        else:
            if has_ended:
                return
        time.sleep(pause)
