"""What happens to an order and its payment, as it happens."""

import time
from collections.abc import Callable
from threading import Condition, Thread

import httpx

from dev.story.shop import Event, Shop

# Seconds before an event stream that broke, or whose payment does not exist yet, is asked for
# again.
RETRY_INTERVAL = 0.2
# Seconds that the next event may take on a busy machine.
PATIENCE = 60.0


class StoryError(Exception):
    """A scenario did not go as it must; the text is one line."""


class Timeline:
    """Follows the event streams of one order and its payment, or of one payment, each on a thread
    of its own.
    """

    def __init__(
        self, shop: Shop, id: str, kinds: tuple[str, ...], tell: Callable[[Event], None]
    ) -> None:
        self.id = id
        self.kinds = kinds
        self._shop = shop
        self._tell = tell
        self._events: dict[str, list[Event]] = {kind: [] for kind in kinds}
        self._ended: set[str] = set()
        self._changed = Condition()
        self._given_up = False
        for kind in kinds:
            Thread(target=self._follow, args=(kind,), daemon=True).start()

    def types(self, kind: str) -> list[str]:
        """The types of the events of `kind` so far, in order."""
        with self._changed:
            return [event.type for event in self._events[kind]]

    def data(self, kind: str, type: str) -> dict[str, object]:
        """What the last event of this type said. Raises StoryError if there was none."""
        with self._changed:
            for event in reversed(self._events[kind]):
                if event.type == type:
                    return event.data
        raise StoryError(f"{kind} {self.id}: no {type} happened")

    def wait_for(self, kind: str, type: str, count: int = 1) -> None:
        """Returns once `count` events of this type happened. Raises StoryError if they don't, or
        can't any more.
        """
        self._wait(
            lambda: self.types(kind).count(type) >= count,
            lambda: kind in self._ended,
            f"{kind} {self.id}: {type} did not happen",
        )

    def wait_for_end(self) -> None:
        """Returns once all streams have ended. Raises StoryError if they don't."""
        self._wait(
            lambda: self._ended == set(self.kinds),
            lambda: False,
            f"{self.kinds[0]} {self.id} did not end",
        )

    def close(self) -> None:
        """Stops following."""
        self._given_up = True

    def _wait(
        self, condition: Callable[[], bool], hopeless: Callable[[], bool], complaint: str
    ) -> None:
        end = time.monotonic() + PATIENCE
        with self._changed:
            while not condition():
                left = end - time.monotonic()
                if left < 0 or hopeless():
                    happened = {kind: self.types(kind) for kind in self.kinds}
                    raise StoryError(f"{complaint}; there was {happened}")
                self._changed.wait(left)

    def _follow(self, kind: str) -> None:
        while not self._given_up:
            try:
                for event in self._shop.events(kind, self.id, len(self._events[kind])):
                    self._add(kind, event)
            except (httpx.TransportError, httpx.HTTPStatusError):
                pass  # the payment isn't requested yet, or the API was restarted: it is asked again
            else:
                if self._is_over(kind):
                    break
            time.sleep(RETRY_INTERVAL)
        with self._changed:
            self._ended.add(kind)
            self._changed.notify_all()

    def _add(self, kind: str, event: Event) -> None:
        with self._changed:
            self._events[kind].append(event)
            self._tell(event)
            self._changed.notify_all()

    def _is_over(self, kind: str) -> bool:
        """Whether the stream ended with its last event, and not because the server went away."""
        last = {"order": {"OrderFulfilled", "OrderNotFulfilled"}}
        ends = last.get(kind, {"PaymentReceived", "PaymentCanceled", "AmountCredited"})
        return bool(self.types(kind)) and self.types(kind)[-1] in ends
