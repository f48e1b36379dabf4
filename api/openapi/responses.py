"""What the OpenAPI document says of answers that a model does not describe."""

from http import HTTPStatus
from typing import Any

from api.errors import (
    FAULT,
    MEDIA_TYPE,
    STATUSES,
    BodyTooLargeError,
    DependencyAwayError,
    HostRefusedError,
    InvalidRequestError,
    ScopeMissingError,
    TokenMissingError,
    TokenRefusedError,
)
from domain.errors import LimitReachedError

Responses = dict[int | str, dict[str, Any]]
"""Statuses and how the OpenAPI document describes them."""

LOCATION: Responses = {
    202: {
        "headers": {
            "Location": {"description": "Where it can be looked at.", "schema": {"type": "string"}}
        }
    }
}

EVENTS: Responses = {
    200: {
        "description": "The events so far; or, as a stream, each with its number as `id`",
        "content": {"text/event-stream": {"schema": {"type": "string"}}},
    }
}

_EVERYWHERE = (InvalidRequestError, BodyTooLargeError, LimitReachedError)

_CHALLENGE = ("WWW-Authenticate", "What is missing (RFC 6750).", "string")
_RETRY_AFTER = ("Retry-After", "In seconds.", "integer")
_HEADERS = {
    STATUSES[TokenMissingError][0]: _CHALLENGE,
    STATUSES[ScopeMissingError][0]: _CHALLENGE,
    STATUSES[LimitReachedError][0]: _RETRY_AFTER,
    STATUSES[DependencyAwayError][0]: _RETRY_AFTER,
}


def refusals(*errors: type[Exception]) -> Responses:
    """The OpenAPI responses of an endpoint that raises these errors.

    Every endpoint also refuses requests that are not valid, too long or too many.
    """
    return _refused(*_EVERYWHERE, *errors)


def answers(*errors: type[Exception]) -> Responses:
    """As `refusals`, of an endpoint that may meet a fault of ours."""
    status, title = FAULT
    return {**refusals(*errors), int(status): _documented(title, status)}


def storing(*errors: type[Exception]) -> Responses:
    """As `answers`, of an endpoint that needs the database or Temporal."""
    return answers(*errors, DependencyAwayError)


def barred() -> Responses:
    """What an endpoint that needs a token answers besides, where tokens are looked at."""
    return _refused(TokenMissingError, TokenRefusedError, ScopeMissingError, DependencyAwayError)


def called_by_name() -> Responses:
    """What an endpoint answers besides, where no tokens are looked at but names of hosts."""
    return _refused(HostRefusedError)


def _refused(*errors: type[Exception]) -> Responses:
    titles: dict[HTTPStatus, list[str]] = {}
    for error in errors:
        status, title = STATUSES[error]
        titles.setdefault(status, []).append(title)
    return {
        int(status): _documented("; or: ".join(said), status) for status, said in titles.items()
    }


def _documented(description: str, status: HTTPStatus) -> dict[str, Any]:
    documented: dict[str, Any] = {
        "description": description,
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    if status in _HEADERS:
        name, meaning, kind = _HEADERS[status]
        documented["headers"] = {name: {"description": meaning, "schema": {"type": kind}}}
    return documented
