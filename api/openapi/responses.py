"""The responses in the OpenAPI document that no response model describes."""

from http import HTTPStatus
from typing import Any

from api.errors import (
    BodyTooLargeError,
    DependencyUnavailableError,
    HostRefusedError,
    InvalidRequestError,
    ScopeMissingError,
    TokenMissingError,
    TokenRefusedError,
)
from api.problems import INTERNAL_ERROR, KINDS, MEDIA_TYPE
from domain.errors import LimitReachedError

Responses = dict[int | str, dict[str, Any]]
"""OpenAPI response objects by their status."""

LOCATION: Responses = {
    202: {
        "headers": {
            "Location": {
                "description": "The URL of the order or payment.",
                "schema": {"type": "string"},
            }
        }
    }
}

EVENTS: Responses = {
    200: {
        "description": "The events so far; or a stream of events, each with its number as `id`",
        "content": {"text/event-stream": {"schema": {"type": "string"}}},
    },
    204: {"description": "A stream that has no events after `Last-Event-ID`, and expects none"},
}

_EVERYWHERE = (InvalidRequestError, BodyTooLargeError, LimitReachedError)

_CHALLENGE = ("WWW-Authenticate", "What is missing (RFC 6750).", "string")
_RETRY_AFTER = ("Retry-After", "In seconds.", "integer")
_HEADERS = {
    KINDS[TokenMissingError].status: _CHALLENGE,
    KINDS[ScopeMissingError].status: _CHALLENGE,
    KINDS[LimitReachedError].status: _RETRY_AFTER,
    KINDS[DependencyUnavailableError].status: _RETRY_AFTER,
}


def request_problems(*errors: type[Exception]) -> Responses:
    """The problems of an endpoint that raises these errors.

    Every endpoint also refuses requests that are invalid, too large or too many.
    """
    return _problems(*_EVERYWHERE, *errors)


def server_problems(*errors: type[Exception]) -> Responses:
    """As `request_problems`, for an endpoint that may also fail with an internal error."""
    kind = INTERNAL_ERROR
    return {**request_problems(*errors), int(kind.status): _problem(kind.title, kind.status)}


def dependency_problems(*errors: type[Exception]) -> Responses:
    """As `server_problems`, for an endpoint that needs the database or Temporal."""
    return server_problems(*errors, DependencyUnavailableError)


def token_problems() -> Responses:
    """The additional problems of an endpoint that requires a token."""
    return _problems(
        TokenMissingError, TokenRefusedError, ScopeMissingError, DependencyUnavailableError
    )


def host_problems() -> Responses:
    """The additional problems of an endpoint that checks host names (AUTH=none)."""
    return _problems(HostRefusedError)


def _problems(*errors: type[Exception]) -> Responses:
    titles: dict[HTTPStatus, list[str]] = {}
    for error in errors:
        kind = KINDS[error]
        titles.setdefault(kind.status, []).append(kind.title)
    return {
        int(status): _problem("; or: ".join(alternatives), status)
        for status, alternatives in titles.items()
    }


def _problem(description: str, status: HTTPStatus) -> dict[str, Any]:
    response: dict[str, Any] = {
        "description": description,
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    if status in _HEADERS:
        name, meaning, kind = _HEADERS[status]
        response["headers"] = {name: {"description": meaning, "schema": {"type": kind}}}
    return response
