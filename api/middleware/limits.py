"""How much a client may ask for: how often, and how much at once."""

import time
from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager
from datetime import timedelta
from ipaddress import IPv6Address, ip_address

from limits import RateLimitItem, RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import SlidingWindowCounterRateLimiter
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.auth.scopes import Caller
from api.errors import BodyTooLargeError, problem
from config import Settings
from domain.errors import LimitReachedError

_READING = {"GET", "HEAD", "OPTIONS"}
_SUBNET_BITS = 64
"""One client has at least so much of IPv6."""

_STREAMS_PAUSE = timedelta(seconds=5)
"""A stream may end at any time: when to ask for another is a guess."""


class Rates:
    """Counts requests in this process's memory: of n processes each takes as many."""

    def __init__(self, settings: Settings) -> None:
        """Nobody has asked for anything yet."""
        self._limiter = SlidingWindowCounterRateLimiter(MemoryStorage())
        self._requests = RateLimitItemPerMinute(settings.requests_per_minute, namespace="requests")
        self._changes = RateLimitItemPerMinute(settings.changes_per_minute, namespace="changes")
        self._of_address = RateLimitItemPerMinute(
            settings.requests_per_minute_and_address, namespace="address"
        )

    def count(self, caller: Caller | None, scope: Scope) -> None:
        """Raises `LimitReachedError`: of a customer, or else of a client address."""
        if caller is None or caller.owner is None:
            self._hit(self._of_address, _address(scope))
            return
        if scope["method"] not in _READING:
            self._hit(self._changes, caller.owner)
        self._hit(self._requests, caller.owner)

    def _hit(self, limit: RateLimitItem, who: str) -> None:
        if not self._limiter.hit(limit, who):
            free_at = self._limiter.get_window_stats(limit, who).reset_time
            message = f"No more than {limit.amount} a minute are answered; try again later."
            raise LimitReachedError(message, timedelta(seconds=free_at - time.time()))


class Streams:
    """Counts open streams as `Rates` counts requests: each asks the database again and again."""

    def __init__(self, settings: Settings) -> None:
        """None is open."""
        self._settings = settings
        self._open = Counter[tuple[str, str]]()

    @contextmanager
    def one_more(self, caller: Caller, scope: Scope) -> Generator[None]:
        """Raises `LimitReachedError` while the customer, or client address, has too many."""
        if caller.owner is None:
            who, limit = ("address", _address(scope)), self._settings.streams_per_address
        else:
            who, limit = ("customer", caller.owner), self._settings.streams_per_customer
        if self._open[who] >= limit:
            message = f"No more than {limit} streams are open at the same time; close another."
            raise LimitReachedError(message, _STREAMS_PAUSE)
        self._open[who] += 1
        try:
            yield
        finally:
            self._open[who] -= 1
            if not self._open[who]:
                del self._open[who]


def _address(scope: Scope) -> str:
    """Of the client, as far as one client is told from another by it."""
    host = str((scope.get("client") or ("",))[0])
    try:
        address = ip_address(host)
    except ValueError:
        return host
    if isinstance(address, IPv6Address) and address.ipv4_mapped is None:
        return f"{int(address) >> _SUBNET_BITS:x}::"
    return str(address)


class BodyLimit:
    """Reads no more of a body than may be in one, whatever its length is said to be."""

    def __init__(self, app: ASGIApp, max_bytes: int) -> None:
        """`app` sees only bodies of at most `max_bytes`."""
        self._app = app
        self._max_bytes = max_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        too_large = BodyTooLargeError(self._max_bytes)
        read = 0

        async def counted() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > self._max_bytes:
                raise too_large
            return message

        try:
            if _said_length(scope) > self._max_bytes:
                raise too_large
            await self._app(scope, counted, send)
        except BodyTooLargeError as error:
            await problem(error)(scope, receive, send)


def _said_length(scope: Scope) -> int:
    """The server has made sure that a Content-Length is a number."""
    return int(Headers(scope=scope).get("content-length", "0"))
