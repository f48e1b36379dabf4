"""Errors of REST calls:

ApiError
├── RefusedError      the request is refused; repeating it changes nothing
└── UnavailableError  the API, or a dependency of it, is unavailable; try again later
"""

from http import HTTPStatus
from typing import Any, cast

import httpx


class ApiError(Exception):
    """A call failed; the text says why, on one or more lines."""


class RefusedError(ApiError):
    """The API refused the request, with this HTTP status."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


class UnavailableError(ApiError):
    """The API did not answer (`status` is None), or with 429 or 5xx.

    `retry_after` is in seconds, if the answer said so.
    """

    def __init__(
        self, text: str, status: int | None = None, retry_after: float | None = None
    ) -> None:
        super().__init__(text)
        self.status = status
        self.retry_after = retry_after


def error_of(response: httpx.Response) -> ApiError:
    """The error that an unsuccessful response stands for; its body must have been read.

    The text is the problem document (RFC 9457) or, without one, the status.
    """
    try:
        body: object = response.json()
    except ValueError:
        body = None
    problem = cast("dict[str, Any]", body) if isinstance(body, dict) else {}
    title = problem.get("title", response.reason_phrase)
    lines = [f"{title} ({response.status_code})"]
    lines += [problem["detail"]] if "detail" in problem else []
    invalid: list[dict[str, Any]] = problem.get("errors") or []
    lines += [f"  {one['field']}: {one['message']}" for one in invalid]
    retry_after = response.headers.get("Retry-After")
    if retry_after:
        lines.append(f"Try again in {retry_after} s.")
    text = "\n".join(lines)
    if response.is_server_error or response.status_code == HTTPStatus.TOO_MANY_REQUESTS:
        return UnavailableError(text, response.status_code, _seconds(retry_after))
    return RefusedError(response.status_code, text)


def _seconds(retry_after: str | None) -> float | None:
    """None if it is a date, or missing."""
    return float(retry_after) if retry_after and retry_after.isdecimal() else None
