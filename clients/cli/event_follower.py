"""What happens to an order and its payment, as it happens, whatever becomes of the connection."""

import time
from collections.abc import Callable, Iterator
from http import HTTPStatus
from queue import SimpleQueue
from threading import Event as Flag
from threading import Thread

from clients.cli.api import Api, AwayError, RefusedError, path
from dev.story.shop import Event

# Seconds before a stream that ended is asked for again, from the last event that was seen.
RETRY_INTERVAL = 0.2
# The same, where the API is away.
AWAY_INTERVAL = 1.0

ENDED_ORDER = {"fulfilled", "not_fulfilled"}
ENDED_PAYMENT = {"received", "canceled", "refunded"}

News = Event | AwayError
"""Something happened, or the API is away and is asked again."""


def follow(api: Api, kind: str, id: str) -> Iterator[News]:
    """The events of an order with those of its payment, or of a payment alone, until it is over.

    Raises `RefusedError`.
    """
    news = SimpleQueue[News | RefusedError | None]()
    over = Flag()

    def has_ended() -> bool:
        return api.get(path(f"{kind}s", id))["status"] in ENDED_ORDER | ENDED_PAYMENT

    streams = [_Stream(api, kind, id, has_ended)]
    if kind == "order":
        streams.append(_Stream(api, "payment", id, over.is_set))

    def tell(stream: _Stream) -> None:
        stream.tell(news.put)
        over.set()
        news.put(None)

    for stream in streams:
        Thread(target=tell, args=(stream,), daemon=True).start()
    left = len(streams)
    while left:
        one = news.get()
        if isinstance(one, RefusedError):
            raise one
        if one is None:
            left -= 1
        else:
            yield one


class _Stream:
    """One event stream, asked for again until a look that began after all was over."""

    def __init__(self, api: Api, kind: str, id: str, is_over: Callable[[], bool]) -> None:
        self._api = api
        self._kind = kind
        self._id = id
        self._is_over = is_over
        self._seen = 0

    def tell(self, put: Callable[[News | RefusedError], None]) -> None:
        while True:
            pause = RETRY_INTERVAL
            try:
                last = self._is_over()
                for event in self._new_events():
                    self._seen = event.sequence
                    put(event)
            except AwayError as error:
                put(error)
                pause = AWAY_INTERVAL
            except RefusedError as error:
                put(error)
                return
            else:
                if last:
                    return
            time.sleep(pause)

    def _new_events(self) -> Iterator[Event]:
        """None of a payment that was not requested yet."""
        try:
            yield from self._api.events(self._kind, self._id, self._seen)
        except RefusedError as error:
            if self._kind != "payment" or error.status != HTTPStatus.NOT_FOUND:
                raise
