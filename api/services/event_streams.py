"""Events as they happen, as server-sent events."""

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
from api.infrastructure.database import Store
from api.schemas.responses import Event
from storage.events import StoredEvent

log = logging.getLogger(__name__)

_POLL_SECONDS = 0.15
_HEARTBEAT_SECONDS = 15
_GRACE_SECONDS = 2
"""In which a stream ends properly when the server stops."""

Read = Callable[[Connection, str, int], tuple[list[StoredEvent], bool]]
"""Events of an id behind a number, and whether there will be no more."""

_Read = Callable[[int], Awaitable[tuple[list[StoredEvent], bool]]]


async def _counted(
    request: Request, context: InContext, caller: OrdersReader, accept: Accept = ""
) -> AsyncIterator[bool]:
    """Whether the `Accept` header asks for server-sent events, which count until they end."""
    if "text/event-stream" not in accept.lower():
        yield False
        return
    with context.streams.one_more(caller, request.scope):
        yield True


WantsStream = Annotated[bool, Depends(_counted, scope="request")]
"""Raises `LimitReachedError` if too many are open."""


def stream(
    store: Store, read: Read, id: str, last_seen: int | None, until: float
) -> EventSourceResponse:
    """Everything behind `last_seen`, then what happens next, until there will be no more.

    It also ends when the client goes, when the server stops, and at `until`, in seconds since 1970.
    """
    stopping = anyio.Event()

    async def behind(seen: int) -> tuple[list[StoredEvent], bool]:
        return await store.read(read, id, seen)

    return EventSourceResponse(
        _events(behind, last_seen or 0, stopping, until),
        ping=_HEARTBEAT_SECONDS,
        shutdown_event=stopping,
        shutdown_grace_period=_GRACE_SECONDS,
    )


async def _events(
    read: _Read, seen: int, stopping: anyio.Event, until: float
) -> AsyncIterator[ServerSentEvent]:
    ended = False
    while not ended and not stopping.is_set():
        try:
            events, ended = await read(seen)
        except SQLAlchemyError as error:
            # The client comes back by itself, with the last event it saw.
            log.warning("a stream ends early: %s", type(error).__name__)
            return
        for event in events:
            seen = event.sequence
            data = Event.model_validate(event).model_dump_json()
            yield ServerSentEvent(data=data, event=event.type, id=str(event.sequence))
        if time.time() > until:
            return
        if not ended:
            await asyncio.sleep(_POLL_SECONDS)
