"""Which error is which HTTP status: known here and nowhere else (RFC 9457)."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from math import ceil
from typing import Any, cast

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import iter_route_contexts
from pydantic import BaseModel, Field
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionError
from starlette.exceptions import HTTPException
from starlette.routing import compile_path

from api.dependency_health import DATABASE, Outages
from domain.errors import ConflictError, DomainError, LimitReachedError, NotFoundError

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER_SECONDS = 2


class FieldFault(BaseModel):
    """What is wrong with one field; never what was in it."""

    location: str = Field(description="`body`, `path`, `query` or `header`.")
    field: str = Field(description="Its name, dotted where it is nested: `lines.0.sku`.")
    message: str


class Problem(BaseModel):
    """Why a request was not carried out (RFC 9457)."""

    type: str = Field(description="Names the kind of problem; stays the same between releases.")
    title: str
    status: int
    detail: str
    errors: list[FieldFault] | None = Field(default=None, description="With status 422 only.")


class InvalidRequestError(DomainError):
    """Fields of the request are wrong in a way that only we can know."""

    def __init__(self, *faults: FieldFault) -> None:
        """At least one fault."""
        super().__init__("The request is not valid; see `errors`.")
        self.faults = faults

    @classmethod
    def in_body(cls, field: str, message: str) -> "InvalidRequestError":
        """One field of the body is wrong."""
        return cls(FieldFault(location="body", field=field, message=message))


class CardNumberError(InvalidRequestError):
    """Something in the request looks like a card number; it is not repeated here."""

    def __init__(self, location: str, field: str) -> None:
        """Where it was."""
        message = "looks like a card number; send the card provider's token (pm_...) instead"
        super().__init__(FieldFault(location=location, field=field, message=message))


class DependencyAwayError(DomainError):
    """Something this service can't answer without is away; nothing was done by halves."""

    def __init__(self, *names: str) -> None:
        """`names` for the reader: see `api.dependency_health`."""
        super().__init__(f"Not reachable at the moment: {', '.join(names)}. Please try again.")
        self.names = names


class AnswerPendingError(DomainError):
    """The process did not answer in time; asking again does no harm."""


class OutcomeUnknownError(DomainError):
    """Temporal was asked to start something and did not say whether it has."""

    def __init__(self, kind: str, id: str) -> None:
        """What it is, and the id that it has if it was started."""
        super().__init__(
            f"Temporal did not answer. The {kind} may have been accepted all the same, as {id}: "
            f"look at /{kind}s/{id} before asking for another one."
        )


class NotSupportedError(DomainError):
    """Something of this installation, like its Temporal server, can't do what the request needs."""


class TokenMissingError(DomainError):
    """The request says nothing of who sends it."""

    def __init__(self) -> None:
        """Whatever was asked for."""
        super().__init__("Send a token of yours: `Authorization: Bearer ...`.")


class TokenRefusedError(DomainError):
    """The token is none that we take; it is not repeated here."""

    def __init__(self, fault: str) -> None:
        """`fault` says what is wrong with `it`."""
        super().__init__(f"The token is not taken: {fault}.")


class HostRefusedError(DomainError):
    """The request was sent to a name that is not this server's; it is not repeated here."""

    def __init__(self) -> None:
        """Whatever it was."""
        super().__init__(
            "Without tokens (AUTH=none) this server answers to its machine's loopback names only, "
            "and to the host of PUBLIC_URL, and to pages from there. Set that to its other name."
        )


class ScopeMissingError(DomainError):
    """The token does not allow this."""

    def __init__(self, needed: Sequence[str]) -> None:
        """`needed` are all the scopes that do."""
        super().__init__(f"This needs a token with the scope {' '.join(needed)}.")
        self.needed = needed


class SignatureRefusedError(DomainError):
    """What came is not signed by whom it should come from; it is not repeated here."""

    def __init__(self) -> None:
        """Whatever is wrong with it."""
        super().__init__("This was not signed with a secret of ours, or not within five minutes.")


class BodyTooLargeError(DomainError):
    """The body is longer than any that we take."""

    def __init__(self, limit: int) -> None:
        """`limit` in bytes."""
        super().__init__(f"A body has {limit} bytes at the most.")


STATUSES: Mapping[type[Exception], tuple[HTTPStatus, str]] = {
    NotFoundError: (HTTPStatus.NOT_FOUND, "There is no such thing"),
    ConflictError: (HTTPStatus.CONFLICT, "The request contradicts what is there already"),
    InvalidRequestError: (HTTPStatus.UNPROCESSABLE_ENTITY, "The request is not valid"),
    CardNumberError: (HTTPStatus.UNPROCESSABLE_ENTITY, "Card numbers are not taken"),
    TokenMissingError: (HTTPStatus.UNAUTHORIZED, "Nobody knows who asks"),
    TokenRefusedError: (HTTPStatus.UNAUTHORIZED, "The token is not taken"),
    ScopeMissingError: (HTTPStatus.FORBIDDEN, "The token does not allow this"),
    SignatureRefusedError: (HTTPStatus.BAD_REQUEST, "The signature is not taken"),
    HostRefusedError: (HTTPStatus.MISDIRECTED_REQUEST, "The request was sent to another host"),
    BodyTooLargeError: (HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "The body is too long"),
    LimitReachedError: (HTTPStatus.TOO_MANY_REQUESTS, "That is too often"),
    NotSupportedError: (HTTPStatus.NOT_IMPLEMENTED, "This installation can't do this"),
    DependencyAwayError: (HTTPStatus.SERVICE_UNAVAILABLE, "Something we need is away"),
    OutcomeUnknownError: (HTTPStatus.SERVICE_UNAVAILABLE, "It is not known whether it was done"),
    AnswerPendingError: (HTTPStatus.SERVICE_UNAVAILABLE, "The answer takes too long"),
}

FAULT = (HTTPStatus.INTERNAL_SERVER_ERROR, "Something went wrong on our side")
DATABASE_AWAY = (OperationalError, InterfaceError, NoConnectionError)


def install(app: FastAPI) -> None:
    """Have every error of `app` answered as a problem."""
    for error in STATUSES:
        app.add_exception_handler(error, _refuse)
    app.add_exception_handler(DependencyAwayError, _away)
    app.add_exception_handler(OutcomeUnknownError, _away)
    for error in DATABASE_AWAY:
        app.add_exception_handler(error, _database_away)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(Exception, _fault)


def problem(error: DomainError) -> JSONResponse:
    """The answer to an error of ours."""
    status, title = STATUSES[type(error)]
    faults = error.faults if isinstance(error, InvalidRequestError) else None
    headers = _headers(error, status)
    return _response(status, _kind(type(error)), title, str(error), faults, headers)


def _headers(error: DomainError, status: HTTPStatus) -> dict[str, str]:
    """What else the client should know (RFC 6750, RFC 9110)."""
    match error:
        case TokenMissingError():
            return {"WWW-Authenticate": "Bearer"}
        case TokenRefusedError():
            return {
                "WWW-Authenticate": f'Bearer error="invalid_token", error_description="{error}"'
            }
        case ScopeMissingError():
            scope = " ".join(error.needed)
            return {"WWW-Authenticate": f'Bearer error="insufficient_scope", scope="{scope}"'}
        case LimitReachedError():
            return {"Retry-After": str(max(1, ceil(error.retry_after.total_seconds())))}
        case _ if status is HTTPStatus.SERVICE_UNAVAILABLE:
            return {"Retry-After": str(RETRY_AFTER_SECONDS)}
        case _:
            return {}


async def _refuse(request: Request, error: Exception) -> JSONResponse:
    del request
    return problem(cast("DomainError", error))


async def _away(request: Request, error: Exception) -> JSONResponse:
    """Temporal did not answer, or several things are away."""
    away = error.__cause__ if isinstance(error, OutcomeUnknownError) else error
    if isinstance(away, DependencyAwayError) and away.__cause__:
        for name in away.names:
            _outages(request).notice(name, away.__cause__)
    return problem(cast("DomainError", error))


async def _database_away(request: Request, error: Exception) -> JSONResponse:
    _outages(request).notice(DATABASE, error)
    return problem(DependencyAwayError(DATABASE))


def _outages(request: Request) -> Outages:
    return request.app.state.context.outages


async def _invalid(request: Request, error: Exception) -> JSONResponse:
    del request
    faults = cast("RequestValidationError", error).errors()
    return problem(InvalidRequestError(*(_fault_of(fault) for fault in faults)))


async def _http_error(request: Request, error: Exception) -> JSONResponse:
    """What the framework refuses by itself: unknown routes, wrong methods, unreadable bodies."""
    refusal = cast("HTTPException", error)
    if refusal.status_code == HTTPStatus.BAD_REQUEST:
        return problem(InvalidRequestError.in_body("", "must be JSON in UTF-8"))
    status = HTTPStatus(refusal.status_code)
    kind = status.phrase.lower().replace(" ", "-")
    headers = refusal.headers
    if status is HTTPStatus.METHOD_NOT_ALLOWED:
        headers = {"Allow": ", ".join(sorted(_methods(request)))}
    return _response(status, kind, status.phrase, status.description, headers=headers)


def _methods(request: Request) -> set[str]:
    """All that the path knows: the framework names those of one endpoint only."""
    routes = iter_route_contexts(request.app.routes)
    there = (one for one in routes if compile_path(one.path or "")[0].match(request.scope["path"]))
    return {method for one in there for method in one.methods or ()}


async def _fault(request: Request, error: Exception) -> JSONResponse:
    """A fault of ours: its traceback goes to the log, not to the client."""
    del request, error
    detail = "That is not your fault. It was written down and will be looked at."
    return _response(FAULT[0], "fault", FAULT[1], detail)


def _fault_of(fault: Mapping[str, Any]) -> FieldFault:
    location, *path = fault["loc"]
    if fault["type"] == "json_invalid":
        path = []
        message = f"must be JSON: {fault['ctx']['error']}"
    elif fault["type"] == "model_attributes_type" and not path:
        message = "must be a JSON object, sent with Content-Type: application/json"
    else:
        message = str(fault["msg"]).removeprefix("Value error, ")
    return FieldFault(
        location=str(location), field=".".join(str(part) for part in path), message=message
    )


def _response(  # noqa: PLR0913, PLR0917 the members of a problem
    status: HTTPStatus,
    kind: str,
    title: str,
    detail: str,
    faults: Sequence[FieldFault] | None = None,
    headers: Mapping[str, str] | None = None,
) -> JSONResponse:
    body = Problem(
        type=f"urn:problem-type:{kind}",
        title=title,
        status=status,
        detail=detail,
        errors=list(faults) if faults else None,
    )
    return JSONResponse(
        body.model_dump(exclude_none=True), status, headers=headers, media_type=MEDIA_TYPE
    )


def _kind(error: type[Exception]) -> str:
    """`NotFoundError` -> `not-found`."""
    name = error.__name__.removesuffix("Error")
    return "".join(f"-{c.lower()}" if c.isupper() else c for c in name).lstrip("-")
