"""What happens to an order and its payment, as it happens."""

import time
from collections.abc import Callable
from threading import Condition, Thread

from clients.errors import ApiError
from clients.event_follower import follow
from clients.rest import Event, RestClient

WAIT_LIMIT = 60.0
"""Seconds that the next event may take on a busy machine."""


class StoryError(Exception):
    """A scenario did not go as it must; the text is one line."""


class Timeline:
    """Follows an order and its payment, or a payment without an order, on a thread of its own.

    `on_event` is called from that thread.
    """

    def __init__(
        self, api: RestClient, kind: str, id: str, on_event: Callable[[Event], None]
    ) -> None:
        self.id = id
        self._kind = kind
        self._api = api
        self._on_event = on_event
        self._events: list[Event] = []
        self._error: ApiError | None = None
        self._ended = False
        self._closed = False
        self._changed = Condition()
        Thread(target=self._follow, daemon=True).start()

    def types(self, kind: str) -> list[str]:
        """The types of the events of `kind` so far, in order."""
        with self._changed:
            return [event.type for event in self._events if event.kind == kind]

    def data(self, kind: str, type: str) -> dict[str, object]:
        """The data of the last event of this type. Raises StoryError if there was none."""
        with self._changed:
            for event in reversed(self._events):
                if (event.kind, event.type) == (kind, type):
                    return event.data
        raise StoryError(f"{kind} {self.id}: no {type} happened")

    def wait_for(self, kind: str, type: str, count: int = 1) -> None:
        """Returns once `count` events of this type happened. Raises StoryError if they don't, or
        can't any more.
        """
        self._wait(
            lambda: self.types(kind).count(type) >= count,
            f"{kind} {self.id}: {type} did not happen",
        )

    def wait_for_end(self) -> None:
        """Returns once all has happened. Raises StoryError if that takes too long."""
        self._wait(lambda: self._ended, f"{self._kind} {self.id} did not end")

    def close(self) -> None:
        """Ignores what happens from now on."""
        self._closed = True

    def _wait(self, condition: Callable[[], bool], complaint: str) -> None:
        end = time.monotonic() + WAIT_LIMIT
        with self._changed:
            while not condition():
                left = end - time.monotonic()
                if left < 0 or self._ended or self._error:
                    happened = {kind: self.types(kind) for kind in ("order", "payment")}
                    reason = f" ({self._error})" if self._error else ""
                    raise StoryError(f"{complaint}{reason}; there was {happened}")
                self._changed.wait(left)

    def _follow(self) -> None:
        error = None
        try:
            for news in follow(self._api, self._kind, self.id):
                if self._closed:
                    return
                if isinstance(news, Event):  # the API may be unavailable while it is restarted
                    self._add(news)
        except ApiError as raised:
            error = raised
        with self._changed:
            self._error = error
            self._ended = error is None
            self._changed.notify_all()

    def _add(self, event: Event) -> None:
        with self._changed:
            self._events.append(event)
            self._on_event(event)
            self._changed.notify_all()
