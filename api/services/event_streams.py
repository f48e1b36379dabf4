"""Domain events as server-sent events."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Annotated

import anyio
from fastapi import Depends, Request
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError
from sse_starlette import EventSourceResponse, ServerSentEvent

from api.auth.scopes import OrdersReader
from api.dependencies import Accept, InContext
from api.infrastructure.database import AsyncDatabase
from api.schemas.responses import EventResponse
from storage.events import StoredEvent

log = logging.getLogger(__name__)

_POLL_SECONDS = 0.15
_HEARTBEAT_SECONDS = 15
_GRACE_SECONDS = 2
"""How long a stream may take to end when the server stops."""

Read = Callable[[Connection, str, int], tuple[list[StoredEvent], bool]]
"""Reads the events of an id after a sequence number, and whether they are complete."""

_ReadAfter = Callable[[int], Awaitable[tuple[list[StoredEvent], bool]]]


async def _wants_stream(
    request: Request, context: InContext, caller: OrdersReader, accept: Accept = ""
) -> AsyncIterator[bool]:
    """Whether the `Accept` header requests a stream, which is open until the request ends."""
    if "text/event-stream" not in accept.lower():
        yield False
        return
    with context.stream_limits.open_stream(caller, request.scope):
        yield True


WantsStream = Annotated[bool, Depends(_wants_stream, scope="request")]
"""Raises `LimitReachedError` if too many streams are open."""


def stream(
    database: AsyncDatabase, read: Read, id: str, last_seen: int | None, until: float
) -> EventSourceResponse:
    """The events after `last_seen`, then new ones, until they are complete.

    It also ends when the client disconnects, when the server stops, and at `until`, in seconds
    since 1970.
    """
    stopping = anyio.Event()

    async def read_after(seen: int) -> tuple[list[StoredEvent], bool]:
        return await database.read(read, id, seen)

    return EventSourceResponse(
        _events(read_after, last_seen or 0, stopping, until),
        ping=_HEARTBEAT_SECONDS,
        shutdown_event=stopping,
        shutdown_grace_period=_GRACE_SECONDS,
    )


async def _events(
    read: _ReadAfter, seen: int, stopping: anyio.Event, until: float
) -> AsyncIterator[ServerSentEvent]:
    ended = False
    while not ended and not stopping.is_set():
        try:
            events, ended = await read(seen)
        except SQLAlchemyError as error:
            # The client reconnects with the id of the last event it received.
            log.warning("a stream ends early: %s", type(error).__name__)
            return
        for event in events:
            seen = event.sequence
            data = EventResponse.model_validate(event).model_dump_json()
            yield ServerSentEvent(data=data, event=event.type, id=str(event.sequence))
        if time.time() > until:
            return
        if not ended:
            await asyncio.sleep(_POLL_SECONDS)
