"""The REST client, for programs with and without an event loop."""

import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from types import TracebackType
from typing import Any, Self

import httpx
from httpx_sse import EventSource, SSEError

from clients.calls import Call, stream_events
from clients.errors import RefusedError, UnavailableError, error_of

CALL_TIMEOUT = 120.0
"""Seconds. A call that advances a payment's clock is answered when everything due is done."""

STREAM_TIMEOUT = 45.0
"""Seconds without a byte after which a stream is given up; the API sends one every 15."""

RETRY_INTERVAL = 1.0
"""Seconds before a call is repeated, unless the answer names another time."""


@dataclass(frozen=True)
class Event:
    """A domain event of the order or the payment (`kind`) with this `id`."""

    kind: str
    id: str
    sequence: int
    type: str
    at: str
    data: dict[str, Any]

    @property
    def stream(self) -> str:
        """The event stream that it is of."""
        return f"{self.kind}/{self.id}"


class RestClient:
    """Calls the API at `url`, with a bearer token if there is one; a context manager.

    While the API answers 503, a call is repeated for `patience` seconds. `timeout` is in seconds.
    `on_response` sees every response. Raises RefusedError and UnavailableError.
    """

    def __init__(
        self,
        url: str,
        token: str | None = None,
        *,
        timeout: float = CALL_TIMEOUT,
        patience: float = 0.0,
        on_response: Callable[[httpx.Response], None] | None = None,
    ) -> None:
        self._url = url
        self._patience = patience
        try:
            _ = httpx.URL(url).host  # which raises for a name that can't be one
            self.http = httpx.Client(
                base_url=url,
                headers=_headers(token),
                timeout=timeout,
                trust_env=False,
                event_hooks={"response": [on_response] if on_response else []},
            )
            """For requests that `clients.calls` does not know."""
        except (httpx.InvalidURL, UnicodeError) as error:
            raise UnavailableError(f"{url!r} is not the URL of an API: {error}") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Closes the connections."""
        self.http.close()

    def send(self, call: Call) -> dict[str, Any]:
        """The JSON object of the answer."""
        end = time.monotonic() + self._patience
        while True:
            try:
                return _json(self._url, self._respond(call))
            except UnavailableError as error:
                if error.status != HTTPStatus.SERVICE_UNAVAILABLE or time.monotonic() > end:
                    raise
                pause = error.retry_after
                time.sleep(RETRY_INTERVAL if pause is None else pause)

    def events(self, seen: Mapping[str, int]) -> Iterator[Event]:
        """The events of these streams after the number seen of each, as they happen, until the API
        ends the stream; none if it answers that there are no more (204).

        A stream is `order/<id>` or `payment/<id>`; others can only follow an order's.
        """
        request = stream_events(seen).arguments
        first = next(iter(seen))
        try:
            with self.http.stream(**request, timeout=STREAM_TIMEOUT) as response:
                if not response.is_success:
                    response.read()
                    raise error_of(response)
                if response.status_code == HTTPStatus.NO_CONTENT:
                    return
                for message in EventSource(response).iter_sse():
                    if message.data:
                        yield _event(first, **message.json())
        except SSEError as error:
            raise RefusedError(HTTPStatus.OK, f"{self._url} is not our API: {error}") from error
        except httpx.TransportError as error:
            raise _no_answer(self._url, error) from error

    def _respond(self, call: Call) -> httpx.Response:
        try:
            return self.http.request(**call.arguments)
        except UnicodeEncodeError as error:
            raise RefusedError(HTTPStatus.BAD_REQUEST, _NO_HEADER) from error
        except httpx.TransportError as error:
            raise _no_answer(self._url, error) from error


class AsyncRestClient:
    """As RestClient, for an event loop; it repeats nothing."""

    def __init__(
        self,
        url: str,
        *,
        timeout: float = CALL_TIMEOUT,
        limits: httpx.Limits,
        on_response: Callable[[httpx.Response], Awaitable[None]] | None = None,
    ) -> None:
        self._url = url
        self._http = httpx.AsyncClient(
            base_url=url,
            timeout=timeout,
            limits=limits,
            trust_env=False,
            event_hooks={"response": [on_response] if on_response else []},
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Closes the connections."""
        await self._http.aclose()

    async def respond(self, call: Call) -> httpx.Response:
        """The response, whatever its status. Raises UnavailableError if there is none."""
        try:
            return await self._http.request(**call.arguments)
        except httpx.TransportError as error:
            raise _no_answer(self._url, error) from error

    async def send(self, call: Call) -> dict[str, Any]:
        """The JSON object of the answer. Raises RefusedError and UnavailableError."""
        return _json(self._url, await self.respond(call))


_NO_HEADER = "Neither a key nor a token may have other characters than visible ASCII."


def _headers(token: str | None) -> dict[str, str]:
    if token and not (token.isascii() and token.isprintable()):
        raise UnavailableError("The token is none: it has other characters than visible ASCII.")
    return {"Authorization": f"Bearer {token}"} if token else {}


def _event(first: str, of: str | None = None, **members: Any) -> Event:
    """`of` names its stream; it is the first one if that was the only one."""
    kind, _, id = (of or first).partition("/")
    return Event(kind, id, **members)


def _json(url: str, response: httpx.Response) -> dict[str, Any]:
    if not response.is_success:
        raise error_of(response)
    try:
        return dict(response.json())
    except ValueError as error:
        raise RefusedError(response.status_code, f"{url} is not our API.") from error


def _no_answer(url: str, error: httpx.TransportError) -> UnavailableError:
    reason = str(error) or type(error).__name__
    return UnavailableError(f"The API at {url} does not answer: {reason}")
