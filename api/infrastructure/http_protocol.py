"""HTTP/1.1 as uvicorn speaks it, with deadlines, limits, and answers that always arrive."""

import asyncio
from collections.abc import Callable
from enum import Enum, auto
from typing import Any, cast

from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import (
    STATUS_LINE,
    HttpToolsProtocol,
    RequestResponseCycle,
)

from api.errors import (
    HeadTooLargeError,
    MalformedRequestError,
    RequestTooSlowError,
    ServerFullError,
)
from api.infrastructure.closing_transport import ClosingTransport
from api.infrastructure.connection_limits import Connections
from api.infrastructure.request_parser import RequestParser
from api.problems import outside_middleware
from domain.errors import DomainError

HEALTH_PATHS = frozenset(("/healthz", "/readyz"))
"""They are served also when the server is full."""

_SHORT_BODY = 65_536
"""Bytes that are read to their end after an early response, instead of closing the connection."""


class _Phase(Enum):
    """What a connection waits for."""

    HEAD = auto()
    BODY = auto()
    IDLE = auto()
    DRAINED = auto()
    """The rest of a request, to be dropped."""
    WORK = auto()
    """Nothing: the application works on a response."""


class GuardedProtocol(HttpToolsProtocol):
    """One connection.

    uvicorn itself has no deadline for heads and bodies and no limit of heads, and it closes a
    connection with bytes unread: the kernel then sends a reset, which destroys the response.
    """

    def __init__(self, connections: Connections, **server: Any) -> None:
        """`server` are uvicorn's own arguments."""
        super().__init__(**server)
        self.parser = RequestParser(self, self.parser)
        self._connections = connections
        self._limits = connections.limits
        self._is_admitted = True
        self._phase = _Phase.HEAD
        self._is_in_head = False
        self._is_received = True
        self._has_cycle = False
        self._head_bytes = 0
        self._dropped_bytes = 0
        self._refusal: DomainError | None = None
        self._deadline: asyncio.TimerHandle | None = None
        self._unread: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """The client has connected."""
        self._socket = transport
        super().connection_made(cast("asyncio.Transport", ClosingTransport(transport, self._close)))
        host = self.client[0] if self.client else ""
        self._is_admitted = self._connections.enter(self, host)
        self._set_deadline(self._limits.head_seconds, self._expire)

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is closed."""
        for timer in (self._deadline, self._unread):
            if timer is not None:
                timer.cancel()
        self._connections.leave(self)
        super().connection_lost(exc)

    def evict(self) -> None:
        """Close the connection, which waits, for want of room."""
        if self.flow.write_paused:
            self._socket.abort()
        else:
            self._end()

    def data_received(self, data: bytes) -> None:
        """Part of a request."""
        if self._refusal is not None or self._phase is _Phase.DRAINED:
            self._dropped_bytes += len(data)
            if self._dropped_bytes > self._limits.drain_bytes:
                self._socket.abort()
            return
        was_in_head = self._is_in_head
        super().data_received(data)
        if was_in_head and self._is_in_head and not self.transport.is_closing():
            # Of a header the parser reports nothing before its end.
            self._head_bytes += len(data)
            if self._head_bytes > self._limits.head_bytes:
                self._refuse(HeadTooLargeError(self._limits.head_bytes))
        self._update_phase()

    def on_message_begin(self) -> None:
        """The first byte of a request."""
        self._is_in_head, self._head_bytes = True, 0
        super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        """Part of the request's target."""
        self._count(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header."""
        self._count(len(name) + len(value))
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """The end of a request's head."""
        self._is_in_head, self._is_received = False, False
        super().on_headers_complete()
        self._has_cycle = True

    def on_message_complete(self) -> None:
        """The end of a request."""
        if self.parser.should_upgrade():
            return  # Of its head only: see `RequestParser`.
        self._is_received = True
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """The end of a response."""
        was_last = not self.pipeline
        super().on_response_complete()
        if was_last and self._refusal is not None and not self.transport.is_closing():
            self._answer(self._refusal)
        # Its deadline ends with any byte: a client could send one a minute, for ever.
        self._unset_keepalive_if_required()
        self._update_phase()

    def send_400_response(self, msg: str) -> None:
        """Refuse what the parser refused."""
        del msg
        limit = self._limits.head_bytes
        is_long = self._head_bytes > limit
        self._refuse(HeadTooLargeError(limit) if is_long else MalformedRequestError())

    def pause_writing(self) -> None:
        """The client does not read as fast as we write."""
        super().pause_writing()
        self._connections.wait(self)
        self._unread = self.loop.call_later(
            self._limits.unread_response_seconds, self._socket.abort
        )

    def resume_writing(self) -> None:
        """The client reads on."""
        super().resume_writing()
        if self._phase is _Phase.WORK:
            self._connections.work(self)
        if self._unread is not None:
            self._unread.cancel()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGIApp) -> None:  # type: ignore[override]
        if not self._is_admitted and cycle.scope["path"] not in HEALTH_PATHS:
            cycle.keep_alive = False
            app = outside_middleware(ServerFullError())
        super()._start_asgi_task(cycle, cast("Any", _guarded(cycle, app)))

    def _count(self, head_bytes: int) -> None:
        self._head_bytes += head_bytes
        if self._head_bytes > self._limits.head_bytes:
            raise HeadTooLargeError(self._limits.head_bytes)  # The parser stops.

    def _current_phase(self) -> _Phase:
        if self.transport.is_closing():
            return self._phase
        if self._refusal is not None:
            return _Phase.WORK
        if self._is_in_head or not self._has_cycle:
            return _Phase.HEAD
        if not self._is_received:
            return _Phase.BODY
        return _Phase.IDLE if self.cycle.response_complete else _Phase.WORK

    def _update_phase(self) -> None:
        """Give each phase its deadline."""
        phase = self._current_phase()
        if phase is self._phase:
            return
        if self._phase is _Phase.WORK:
            self._connections.wait(self)
        self._phase = phase
        match phase:
            case _Phase.HEAD:
                self._set_deadline(self._limits.head_seconds, self._expire)
            case _Phase.BODY:
                self._set_deadline(self._limits.body_seconds, self._expire)
            case _Phase.IDLE:
                self._set_deadline(self._limits.keep_alive_seconds, self._expire)
            case _:
                self._connections.work(self)
                self._set_deadline(None, self._expire)

    def _set_deadline(self, seconds: float | None, action: Callable[[], None]) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
        self._deadline = None if seconds is None else self.loop.call_later(seconds, action)

    def _expire(self) -> None:
        if self._phase is _Phase.BODY and self.flow.read_paused:
            # It is the application that does not read.
            self._set_deadline(self._limits.body_seconds, self._expire)
        elif self._is_in_head or self._phase is _Phase.BODY:
            self._refuse(RequestTooSlowError())
        else:
            self._end()

    def _refuse(self, error: DomainError) -> None:
        """Answer, unless the response has begun, and close the connection.

        Requests before the refused one are answered first: they may have been carried out.
        """
        self._is_received = False
        if not self._has_cycle or self.cycle.response_complete:
            self._answer(error)
            return
        if self.cycle.more_body and not self.pipeline:
            self.cycle.disconnected = True
            self.cycle.message_event.set()
            self._answer(None if self.cycle.response_started else error)
            return
        if self.cycle.more_body:
            self.pipeline.popleft()  # It is the refused one.
        self._refusal, self._is_in_head = error, False
        self._update_phase()

    def _answer(self, error: DomainError | None) -> None:
        if error is not None:
            self.transport.write(self._raw(outside_middleware(error)))
        self.transport.close()

    def _raw(self, response: Response) -> bytes:
        headers = [
            *self.server_state.default_headers,
            *response.raw_headers,
            (b"connection", b"close"),
        ]
        lines = [b"%b: %b\r\n" % header for header in headers]
        return b"".join((STATUS_LINE[response.status_code], *lines, b"\r\n", bytes(response.body)))

    def _close(self) -> None:
        """Close the connection, whose last response is written, so that this arrives."""
        if self._is_received:
            self._end()
            return
        self._connections.wait(self)
        self._phase = _Phase.DRAINED
        self._socket.write_eof()
        self.flow.resume_reading()
        self._set_deadline(self._limits.drain_seconds, self._socket.abort)

    def _end(self) -> None:
        self._socket.close()
        # It stays open until the client has read everything.
        self._set_deadline(self._limits.unread_response_seconds, self._socket.abort)


def _guarded(cycle: RequestResponseCycle, app: ASGIApp) -> ASGIApp:
    """Announces that the connection will be closed, and closes it only then."""

    async def run(scope: Scope, receive: Receive, send: Send) -> None:
        async def announcing(message: Message) -> None:
            if message["type"] == "http.response.start" and cycle.more_body:
                # The client may send on, or not begin at all; what is short is read to its end.
                cycle.keep_alive &= not cycle.waiting_for_100_continue and _is_short(scope)
            await send(message)

        try:
            await app(scope, receive, announcing)
        except Exception:
            if not cycle.response_complete:
                raise
            # The framework has answered, and raises the error once more to have it logged. uvicorn
            # would close the connection, and lose the request that may be under way on it.
            cycle.logger.exception("Exception in ASGI application")

    return run


def _is_short(scope: Scope) -> bool:
    lengths = [int(value) for name, value in scope["headers"] if name == b"content-length"]
    return bool(lengths) and lengths[0] <= _SHORT_BODY
