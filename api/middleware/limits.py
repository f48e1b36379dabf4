"""Limits on requests, open streams and the size of bodies."""

import time
from collections import Counter
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from enum import StrEnum
from types import MappingProxyType

from limits import RateLimitItem, RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import SlidingWindowCounterRateLimiter
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.auth.scopes import Caller
from api.errors import BodyTooLargeError
from api.infrastructure.connection_limits import client_address
from api.problems import problem_response
from config import Settings
from domain.errors import LimitReachedError

_SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}
_STREAMS_RETRY_AFTER = timedelta(seconds=5)
"""An estimate: a stream may end at any time."""


class Bucket(StrEnum):
    """Requests without a customer: of one address, those of one bucket leave the others alone."""

    OPERATORS = "operators"
    WEBHOOKS = "webhooks"
    """Those that are signed."""
    PAGE = "page"
    """The web page, the documentation, and the links in mails."""
    STRANGERS = "strangers"
    """Whoever failed to authenticate, and webhooks without a valid signature."""


class RateLimits:
    """Counts requests in this process's memory: each of n processes allows the full limit."""

    def __init__(self, settings: Settings) -> None:
        """No request is counted yet."""
        self._limiter = SlidingWindowCounterRateLimiter(MemoryStorage())
        self._requests = RateLimitItemPerMinute(settings.requests_per_minute, namespace="requests")
        self._changes = RateLimitItemPerMinute(settings.changes_per_minute, namespace="changes")
        self._of_address = {
            bucket: RateLimitItemPerMinute(
                settings.requests_per_minute_and_address, namespace=bucket
            )
            for bucket in Bucket
        }

    def count(self, caller: Caller | None, scope: Scope, bucket: Bucket) -> None:
        """Count a request of the customer, or else of the client address in that bucket.

        Raises `LimitReachedError`.
        """
        if caller is None or caller.owner is None:
            self._hit(self._of_address[bucket], _address(scope))
            return
        if scope["method"] not in _SAFE_METHODS:
            self._hit(self._changes, caller.owner)
        self._hit(self._requests, caller.owner)

    def count_link(self, payment_id: str, scope: Scope) -> None:
        """Count a request of whoever has a link of the payment, as much as a customer may send.

        Whatever addresses they come from. Raises `LimitReachedError`.
        """
        key = f"link of {payment_id}"
        if scope["method"] not in _SAFE_METHODS:
            self._hit(self._changes, key)
        self._hit(self._requests, key)

    def _hit(self, limit: RateLimitItem, key: str) -> None:
        if not self._limiter.hit(limit, key):
            free_at = self._limiter.get_window_stats(limit, key).reset_time
            message = f"The limit is {limit.amount} requests per minute; try again later."
            raise LimitReachedError(message, timedelta(seconds=free_at - time.time()))


class StreamLimits:
    """Limits the open streams, as `RateLimits` the requests."""

    def __init__(self, settings: Settings) -> None:
        """No stream is open."""
        self._settings = settings
        self._open = Counter[tuple[str, str]]()

    @contextmanager
    def open_stream(self, caller: Caller, scope: Scope) -> Generator[None]:
        """Count a stream while it is open.

        Raises `LimitReachedError` if the customer, or client address, has too many open streams.
        """
        if caller.owner is None:
            key, limit = ("address", _address(scope)), self._settings.streams_per_address
        else:
            key, limit = ("customer", caller.owner), self._settings.streams_per_customer
        if self._open[key] >= limit:
            message = f"The limit is {limit} open streams; close one first."
            raise LimitReachedError(message, _STREAMS_RETRY_AFTER)
        self._open[key] += 1
        try:
            yield
        finally:
            self._open[key] -= 1
            if not self._open[key]:
                del self._open[key]


def _address(scope: Scope) -> str:
    return client_address(str((scope.get("client") or ("",))[0]))


class BodyLimit:
    """Refuses bodies that are too large, whatever their Content-Length says."""

    def __init__(
        self, app: ASGIApp, max_bytes: int, of_paths: Mapping[str, int] = MappingProxyType({})
    ) -> None:
        """`app` receives only bodies of at most `max_bytes`, or less for some of the paths."""
        self._app = app
        self._max_bytes = max_bytes
        self._of_paths = of_paths

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        max_bytes = min(self._max_bytes, self._of_paths.get(scope["path"], self._max_bytes))
        too_large = BodyTooLargeError(max_bytes)
        read = 0

        async def counted() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > max_bytes:
                raise too_large
            return message

        try:
            if _content_length(scope) > max_bytes:
                raise too_large
            await self._app(scope, counted, send)
        except BodyTooLargeError as error:
            await problem_response(error)(scope, receive, send)


def _content_length(scope: Scope) -> int:
    """The HTTP server has checked that the header is a number."""
    return int(Headers(scope=scope).get("content-length", "0"))
