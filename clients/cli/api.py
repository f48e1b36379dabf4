"""The REST API, as a client in a terminal calls it."""

import json
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from types import TracebackType
from typing import Any, Self, cast
from urllib.parse import quote

import httpx

from dev.story.shop import Event

# Seconds. A call that moves a payment's clock answers when all that fell due is done.
CALL_LIMIT = 120.0
# Seconds without a byte after which a stream is given up; the API sends something every 15.
SILENCE_LIMIT = 45.0


class ApiError(Exception):
    """The API did not do what was asked for; the text says why, in a line or several."""

    exit_code: int


class RefusedError(ApiError):
    """The API refused: asking again would change nothing."""

    exit_code = 1

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


class AwayError(ApiError):
    """The API, or something behind it, is away: asking again later may help."""

    exit_code = 3


def path(*parts: str) -> str:
    """The path to what these words name, whatever is in them."""
    return "".join(f"/{quote(part, safe='')}" for part in parts)


class Api:
    """Calls the API at `url`, with a bearer token if there is one; a context manager.

    Calls raise `RefusedError` and `AwayError`.
    """

    def __init__(self, url: str, token: str | None = None) -> None:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._url = url
        try:
            self._http = httpx.Client(
                base_url=url, headers=headers, timeout=CALL_LIMIT, trust_env=False
            )
        except httpx.InvalidURL as error:
            raise AwayError(f"{url!r} is no URL of an API: {error}") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._http.close()

    def get(self, where: str, **query: Any) -> dict[str, Any]:
        """What a GET answers; a query parameter that is None is left out."""
        given = {name: value for name, value in query.items() if value is not None}
        return self._call("GET", where, params=given)

    def post(
        self, where: str, body: Mapping[str, Any] | None = None, **headers: str
    ) -> dict[str, Any]:
        """What a POST answers; `_` in a header's name stands for `-`."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self._call("POST", where, json=body, headers=named)

    def put(self, where: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """What a PUT answers."""
        return self._call("PUT", where, json=body)

    def events(self, kind: str, id: str, after: int) -> Iterator[Event]:
        """The events of `kind` (order or payment) behind number `after`, live, until the API ends
        the stream.
        """
        headers = {"Accept": "text/event-stream", "Last-Event-ID": str(after)}
        where = path(f"{kind}s", id, "events")
        try:
            with self._http.stream("GET", where, headers=headers, timeout=SILENCE_LIMIT) as answer:
                if not answer.is_success:
                    answer.read()
                    raise _error(answer)
                for line in answer.iter_lines():
                    if line.startswith("data:"):
                        yield Event(kind, id, **json.loads(line.removeprefix("data:")))
        except httpx.TransportError as error:
            raise self._away(error) from error

    def _call(self, method: str, where: str, **request: Any) -> dict[str, Any]:
        try:
            answer = self._http.request(method, where, **request)
        except httpx.TransportError as error:
            raise self._away(error) from error
        if not answer.is_success:
            raise _error(answer)
        try:
            return dict(answer.json())
        except ValueError as error:
            raise RefusedError(answer.status_code, f"{self._url} is not our API.") from error

    def _away(self, error: httpx.TransportError) -> AwayError:
        why = str(error) or type(error).__name__
        return AwayError(f"The API at {self._url} does not answer: {why}")


def _error(answer: httpx.Response) -> ApiError:
    """The answer's problem (RFC 9457) in words; of an answer without one, its status."""
    try:
        given: object = answer.json()
    except ValueError:
        given = None
    problem = cast("dict[str, Any]", given) if isinstance(given, dict) else {}
    title = problem.get("title", answer.reason_phrase)
    lines = [f"{title} ({answer.status_code})"]
    lines += [problem["detail"]] if "detail" in problem else []
    faults: list[dict[str, Any]] = problem.get("errors") or []
    lines += [f"  {fault['field']}: {fault['message']}" for fault in faults]
    if wait := answer.headers.get("Retry-After"):
        lines.append(f"Ask again in {wait} s.")
    text = "\n".join(lines)
    if answer.is_server_error or answer.status_code == HTTPStatus.TOO_MANY_REQUESTS:
        return AwayError(text)
    return RefusedError(answer.status_code, text)
