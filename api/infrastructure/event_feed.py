"""New domain events for all streams of a process: one look at the database for all of them."""

import asyncio
import heapq
import logging
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from operator import itemgetter

import anyio
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from api.dependency_health import DATABASE, DependencyHealth
from api.errors import DependencyUnavailableError
from api.infrastructure.database import AsyncDatabase
from domain.events import AmountCredited, PaymentCanceled
from domain.statuses import order_workflow_id
from storage.events import StoredEvent
from storage.new_events import NewEvents, read_new

log = logging.getLogger(__name__)

LOOK_INTERVAL_SECONDS = 0.15
"""Between two looks at the database."""

RETRY_SECONDS = 1.0
"""The same while the database is unavailable."""

DATABASE_ERRORS = (SQLAlchemyError, DependencyUnavailableError)

BUFFER_EVENTS = 200
"""Events that a client may be behind; one that is slower is disconnected, and may come back."""


def merged(by_stream: Mapping[str, Sequence[StoredEvent]]) -> Iterator[tuple[str, StoredEvent]]:
    """The events of all streams in the order in which they happened; each stream keeps its own."""
    dated = [_dated(stream, events) for stream, events in by_stream.items()]
    for _, stream, event in heapq.merge(*dated, key=itemgetter(0)):
        yield stream, event


def _dated(
    stream: str, events: Sequence[StoredEvent]
) -> Iterator[tuple[tuple[datetime, bool], str, StoredEvent]]:
    """Each event with its place among those of other streams.

    An order's event that results from its payment has the time of the payment's. It comes after
    that, and after what is credited because the payment was canceled.
    """
    is_order = stream.startswith(order_workflow_id(""))
    canceled_at: datetime | None = None
    for event in events:
        at = event.at
        if event.type == PaymentCanceled.name():
            canceled_at = at
        elif event.type == AmountCredited.name() and canceled_at is not None:
            at = canceled_at
        yield (at, is_order and event.sequence > 1), stream, event


class Subscription:
    """The new events of some streams, for one client."""

    def __init__(self, seen: Mapping[str, int]) -> None:
        """After these sequence numbers."""
        self.seen = dict(seen)
        """The last sequence number of each stream that was received from the feed."""
        self._buffer: list[tuple[str, StoredEvent]] = []
        self._received = asyncio.Event()
        self._has_ended = False

    @property
    def has_ended(self) -> bool:
        """Whether the feed sends nothing more."""
        return self._has_ended

    def receive(self, new: NewEvents) -> None:
        """Buffer what is new; end if all streams are complete, or the client is too slow.

        However much is new at once, it is no sign of that: only what was not taken before.
        """
        was_read = not self._buffer
        unseen = {
            stream: [one for one in new.by_stream.get(stream, ()) if one.sequence > last]
            for stream, last in self.seen.items()
        }
        for stream, event in merged(unseen):
            self._buffer.append((stream, event))
            self.seen[stream] = event.sequence
        if not was_read and len(self._buffer) > BUFFER_EVENTS:
            log.info("an event stream is closed: its client does not read")
            self._buffer.clear()
            self.end()
        elif new.complete.issuperset(self.seen):
            self.end()
        elif self._buffer:
            self._received.set()

    def end(self) -> None:
        """After the events that are buffered there are no more."""
        self._has_ended = True
        self._received.set()

    async def take(self) -> list[tuple[str, StoredEvent]]:
        """The buffered events, each with its stream; waits for one, or for the end."""
        await self._received.wait()
        taken, self._buffer = self._buffer, []
        if not self._has_ended:
            self._received.clear()
        return taken


class EventFeed:
    """Belongs to one application and its event loop; reads only while there are subscriptions."""

    def __init__(self, database: AsyncDatabase, dependency_health: DependencyHealth) -> None:
        """Nothing is read before `run`."""
        self.stopping = anyio.Event()
        """Set it when the server stops: all subscriptions end."""
        self._database = database
        self._dependency_health = dependency_health
        self._subscriptions = set[Subscription]()
        self._subscribed = asyncio.Event()

    @contextmanager
    def subscribe(self, seen: Mapping[str, int]) -> Generator[Subscription]:
        """A subscription to the events after these sequence numbers, which ends with the block."""
        subscription = Subscription(seen)
        self._subscriptions.add(subscription)
        self._subscribed.set()
        try:
            yield subscription
        finally:
            self._subscriptions.discard(subscription)

    async def run(self) -> None:
        """Hand new events to the subscriptions, which end with `stopping`; until cancelled."""
        while True:
            await self._subscribed.wait()
            if self.stopping.is_set():
                self._end_all()
                continue
            pause = LOOK_INTERVAL_SECONDS
            try:
                await self._look()
            except DATABASE_ERRORS as error:
                # The streams stay open: they continue when the database is available again.
                self._dependency_health.suspect(DATABASE, error)
                pause = RETRY_SECONDS
            except Exception:
                # A bug about one stream must not silence all of them for good.
                log.exception("a look at the new events failed")
                pause = RETRY_SECONDS
            if not self._subscriptions:
                self._subscribed.clear()
            with anyio.move_on_after(pause):
                await self.stopping.wait()

    async def _look(self) -> None:
        # Those who subscribe meanwhile are not part of this look.
        subscriptions = list(self._subscriptions)
        seen: dict[str, int] = {}
        for subscription in subscriptions:
            for stream, sequence in subscription.seen.items():
                seen[stream] = min(seen.get(stream, sequence), sequence)
        if not seen:
            return
        new = await self._database.read(_look_for_all, seen)
        for subscription in subscriptions:
            subscription.receive(new)

    def _end_all(self) -> None:
        self._subscribed.clear()
        for subscription in self._subscriptions:
            subscription.end()


def _look_for_all(tx: Connection, seen: Mapping[str, int]) -> NewEvents:
    """As `read_new`; under a name of its own, it does not queue behind the streams that begin."""
    return read_new(tx, seen)
