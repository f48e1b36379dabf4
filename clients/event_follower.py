"""Follows an order and its payment as things happen, across lost connections."""

import time
from collections.abc import Callable, Iterator
from http import HTTPStatus
from queue import SimpleQueue
from threading import Event as Flag
from threading import Thread

from clients import calls
from clients.errors import RefusedError, UnavailableError
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

    Raises RefusedError.
    """
    news = SimpleQueue[News | RefusedError | None]()
    order_ended = Flag()

    def has_ended() -> bool:
        return api.send(calls.get(kind, id))["status"] in ENDED_ORDER | ENDED_PAYMENT

    streams = [_Stream(api, kind, id, has_ended)]
    if kind == "order":
        streams.append(_Stream(api, "payment", id, order_ended.is_set))

    def read(stream: _Stream) -> None:
        stream.read(news.put)
        order_ended.set()
        news.put(None)

    for stream in streams:
        Thread(target=read, args=(stream,), daemon=True).start()
    open_streams = len(streams)
    while open_streams:
        one = news.get()
        if isinstance(one, RefusedError):
            raise one
        if one is None:
            open_streams -= 1
        else:
            yield one


class _Stream:
    """One event stream, requested again and again until it was read to its end after `has_ended`
    returned True.
    """

    def __init__(self, api: RestClient, kind: str, id: str, has_ended: Callable[[], bool]) -> None:
        self._api = api
        self._kind = kind
        self._id = id
        self._has_ended = has_ended
        self._seen = 0

    def read(self, put: Callable[[News | RefusedError], None]) -> None:
        while True:
            pause = RETRY_INTERVAL
            try:
                last_time = self._has_ended()
                for event in self._new_events():
                    self._seen = event.sequence
                    put(event)
            except UnavailableError as error:
                put(error)
                pause = UNAVAILABLE_INTERVAL
            except RefusedError as error:
                put(error)
                return
            else:
                if last_time:
                    return
            time.sleep(pause)

    def _new_events(self) -> Iterator[Event]:
        """None while the payment does not exist yet."""
        try:
            yield from self._api.events(self._kind, self._id, self._seen)
        except RefusedError as error:
            if self._kind != "payment" or error.status != HTTPStatus.NOT_FOUND:
                raise
