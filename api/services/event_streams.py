"""Domain events as server-sent events."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import Annotated

from fastapi import Depends, Request, Response, status
from sse_starlette import EventSourceResponse, ServerSentEvent
from sse_starlette.sse import SendTimeoutError
from starlette.types import Receive, Scope, Send

from api.auth.scopes import Caller, OrdersReader
from api.dependencies import Accept, Context, InContext
from api.errors import FieldError, InvalidRequestError
from api.infrastructure.event_feed import EventFeed
from api.schemas.responses import EventResponse, StreamedEventResponse
from api.services import queries
from api.services.queries import public_event
from domain.statuses import order_workflow_id
from storage.events import StoredEvent
from storage.new_events import NewEvents, read_new

log = logging.getLogger(__name__)

_HEARTBEAT_SECONDS = 15
_GRACE_SECONDS = 2
"""How long a stream may take to end when the server stops."""

SEND_TIMEOUT_SECONDS = 10.0
"""A client that accepts nothing for so long is disconnected."""

Message = Callable[[str, StoredEvent, Mapping[str, int]], ServerSentEvent]
"""Makes the message of a stream's event, given the last sequence number of every stream."""


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


async def read_all(context: Context, stream: str, caller: Caller) -> list[EventResponse]:
    """All events of a stream that the caller may read."""
    new = await context.database.read(read_new, {stream: 0})
    return [
        EventResponse.model_validate(public_event(event, caller.owner))
        for event in new.by_stream.get(stream, ())
    ]


async def select(
    context: Context, caller: Caller, stream: str, also: Sequence[str]
) -> Sequence[str]:
    """All the streams, once each; raises `NotFoundError` for one that the caller may not read.

    The payment of one of the orders need not exist yet.
    """
    streams = tuple(dict.fromkeys([stream, *also]))
    for kind, _, id in (one.partition("/") for one in streams[1:]):
        if kind == "order":
            await queries.find_order(context, id, caller)
        elif order_workflow_id(id) not in streams:
            await queries.find_payment(context, id, caller)
    return streams


def positions(last_event_id: str | None, streams: int) -> Sequence[int]:
    """The sequence numbers of an event's id; raises `InvalidRequestError` if they are too few."""
    if last_event_id is None:
        return [0] * streams
    seen = [int(part) for part in last_event_id.split(",")]
    if len(seen) != streams:
        message = f"must have {streams} numbers, as the ids of these streams' events"
        raise InvalidRequestError(
            FieldError(location="header", field="Last-Event-ID", message=message)
        )
    return seen


async def respond(
    context: Context, caller: Caller, streams: Sequence[str], seen: Sequence[int]
) -> Response:
    """The events of `streams` after the sequence numbers `seen`, then new ones, until complete.

    It also ends when the client disconnects or does not read, when the server stops, and when the
    caller's token expires. Without events, past or future, the answer is 204, so that an
    `EventSource` does not reconnect.
    """
    last = dict(zip(streams, seen, strict=True))
    first = await context.database.read(read_new, last)
    if not first.by_stream and first.complete.issuperset(streams):
        return Response(status_code=status.HTTP_204_NO_CONTENT)
    message = _single if len(streams) == 1 else _multiple
    return _EventStream(
        _messages(context.feed, first, last, caller, message),
        ping=_HEARTBEAT_SECONDS,
        send_timeout=SEND_TIMEOUT_SECONDS,
        shutdown_event=context.feed.stopping,
        shutdown_grace_period=_GRACE_SECONDS,
    )


class _EventStream(EventSourceResponse):
    """Leaves a client that does not read, as it would one that disconnected."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        except SendTimeoutError:
            log.info("an event stream is closed: its client does not read")


async def _messages(
    feed: EventFeed,
    first: NewEvents,
    last: dict[str, int],
    caller: Caller,
    message: Message,
) -> AsyncIterator[ServerSentEvent]:
    with feed.subscribe(last) as subscription:
        subscription.receive(first)
        while True:
            try:
                async with asyncio.timeout(_seconds_until(caller.until)):
                    taken = await subscription.take()
            except TimeoutError:
                return
            for stream, event in taken:
                last[stream] = event.sequence
                yield message(stream, public_event(event, caller.owner), last)
            if subscription.has_ended:
                return


def _seconds_until(moment: float) -> float | None:
    return None if moment == float("inf") else max(0.0, moment - time.time())


def _single(_stream: str, event: StoredEvent, _last: Mapping[str, int]) -> ServerSentEvent:
    data = EventResponse.model_validate(event).model_dump_json()
    return ServerSentEvent(data=data, event=event.type, id=str(event.sequence))


def _multiple(stream: str, event: StoredEvent, last: Mapping[str, int]) -> ServerSentEvent:
    data = StreamedEventResponse(of=stream, **event.model_dump()).model_dump_json()
    return ServerSentEvent(data=data, event=event.type, id=",".join(map(str, last.values())))
