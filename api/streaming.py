"""Events as they happen, as server-sent events."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable

import anyio
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError
from sse_starlette import EventSourceResponse, ServerSentEvent

from api.schemas import Event
from api.store import Store
from storage.events import StoredEvent

log = logging.getLogger(__name__)

_POLL_SECONDS = 0.15
_HEARTBEAT_SECONDS = 15
_GRACE_SECONDS = 2
"""In which a stream ends properly when the server stops."""

Read = Callable[[Connection, str, int], tuple[list[StoredEvent], bool]]
"""Events of an id behind a number, and whether there will be no more."""


def wants_stream(accept: str) -> bool:
    """Whether the `Accept` header asks for server-sent events."""
    return "text/event-stream" in accept.lower()


def stream(store: Store, read: Read, id: str, last_seen: int | None) -> EventSourceResponse:
    """Everything behind `last_seen`, then what happens next, until there will be no more.

    It also ends when the client goes, and when the server stops.
    """
    stopping = anyio.Event()
    return EventSourceResponse(
        _events(store, read, id, last_seen or 0, stopping),
        ping=_HEARTBEAT_SECONDS,
        shutdown_event=stopping,
        shutdown_grace_period=_GRACE_SECONDS,
    )


async def _events(
    store: Store, read: Read, id: str, seen: int, stopping: anyio.Event
) -> AsyncIterator[ServerSentEvent]:
    ended = False
    while not ended and not stopping.is_set():
        try:
            events, ended = await store.read(read, id, seen)
        except SQLAlchemyError as error:
            # The client comes back by itself, with the last event it saw.
            log.warning("a stream ends early: %s", type(error).__name__)
            return
        for event in events:
            seen = event.sequence
            data = Event.model_validate(event).model_dump_json()
            yield ServerSentEvent(data=data, event=event.type, id=str(event.sequence))
        if not ended:
            await asyncio.sleep(_POLL_SECONDS)
