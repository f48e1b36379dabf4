"""HTTP problems (RFC 9457): the only module that maps errors to statuses, titles and types."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from math import ceil
from typing import Any, cast

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from sqlalchemy.exc import InterfaceError, InternalError, OperationalError
from sqlalchemy.exc import NotSupportedError as StandbyError
from sqlalchemy.exc import TimeoutError as NoConnectionError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import Scope

from api import framework_errors, response_headers
from api.dependency_health import DATABASE, DependencyHealth
from api.errors import (
    AnswerPendingError,
    BodyTooLargeError,
    CardNumberError,
    DependencyUnavailableError,
    FieldError,
    HeadTooLargeError,
    HostRefusedError,
    InvalidRequestError,
    MalformedRequestError,
    MethodNotAllowedError,
    NotSupportedError,
    OutcomeUnknownError,
    PageNotBuiltError,
    PathNotFoundError,
    PriceChangedError,
    RequestTooSlowError,
    ScopeMissingError,
    ServerFullError,
    SignatureRefusedError,
    TemporalRefusedError,
    TokenMissingError,
    TokenRefusedError,
)
from domain.errors import ConflictError, DomainError, LimitReachedError, NotFoundError

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER_SECONDS = 2


class Problem(BaseModel):
    """Why a request was not carried out (RFC 9457)."""

    type: str = Field(description="Names the kind of problem; stays the same between releases.")
    title: str
    status: int
    detail: str
    errors: list[FieldError] | None = Field(default=None, description="With status 422 only.")
    expected_total: int | None = Field(default=None, description="With `price-changed` only.")
    total: int | None = Field(default=None, description="The same: at current prices, in cents.")


@dataclass(frozen=True)
class Kind:
    """A kind of problem; `type` is the last part of its URN, which clients rely on."""

    status: HTTPStatus
    type: str
    title: str


KINDS: Mapping[type[Exception], Kind] = {
    NotFoundError: Kind(HTTPStatus.NOT_FOUND, "not-found", "Not found"),
    PathNotFoundError: Kind(HTTPStatus.NOT_FOUND, "not-found", "Not found"),
    MethodNotAllowedError: Kind(
        HTTPStatus.METHOD_NOT_ALLOWED, "method-not-allowed", "Method not allowed"
    ),
    ConflictError: Kind(HTTPStatus.CONFLICT, "conflict", "Conflict with the current state"),
    PriceChangedError: Kind(HTTPStatus.CONFLICT, "price-changed", "The price has changed"),
    InvalidRequestError: Kind(
        HTTPStatus.UNPROCESSABLE_ENTITY, "invalid-request", "Invalid request"
    ),
    CardNumberError: Kind(
        HTTPStatus.UNPROCESSABLE_ENTITY, "card-number", "Card numbers are not accepted"
    ),
    TokenMissingError: Kind(HTTPStatus.UNAUTHORIZED, "token-missing", "Authentication required"),
    TokenRefusedError: Kind(HTTPStatus.UNAUTHORIZED, "token-refused", "Invalid token"),
    ScopeMissingError: Kind(HTTPStatus.FORBIDDEN, "scope-missing", "Insufficient scope"),
    SignatureRefusedError: Kind(HTTPStatus.BAD_REQUEST, "signature-refused", "Invalid signature"),
    HostRefusedError: Kind(HTTPStatus.MISDIRECTED_REQUEST, "host-refused", "Host not allowed"),
    BodyTooLargeError: Kind(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "body-too-large", "Request body too large"
    ),
    MalformedRequestError: Kind(HTTPStatus.BAD_REQUEST, "malformed-request", "Malformed request"),
    HeadTooLargeError: Kind(
        HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "head-too-large", "Request head too large"
    ),
    RequestTooSlowError: Kind(HTTPStatus.REQUEST_TIMEOUT, "request-too-slow", "Request too slow"),
    PageNotBuiltError: Kind(HTTPStatus.SERVICE_UNAVAILABLE, "page-not-built", "Web page not built"),
    ServerFullError: Kind(HTTPStatus.SERVICE_UNAVAILABLE, "server-full", "Server full"),
    TemporalRefusedError: Kind(
        HTTPStatus.INTERNAL_SERVER_ERROR, "temporal-refused", "Refused by Temporal"
    ),
    LimitReachedError: Kind(HTTPStatus.TOO_MANY_REQUESTS, "limit-reached", "Too many requests"),
    NotSupportedError: Kind(
        HTTPStatus.NOT_IMPLEMENTED, "not-supported", "Not supported by this installation"
    ),
    DependencyUnavailableError: Kind(
        HTTPStatus.SERVICE_UNAVAILABLE, "dependency-away", "Dependency unavailable"
    ),
    OutcomeUnknownError: Kind(HTTPStatus.SERVICE_UNAVAILABLE, "outcome-unknown", "Outcome unknown"),
    AnswerPendingError: Kind(HTTPStatus.SERVICE_UNAVAILABLE, "answer-pending", "Answer pending"),
}

INTERNAL_ERROR = Kind(HTTPStatus.INTERNAL_SERVER_ERROR, "fault", "Internal error")
DATABASE_UNAVAILABLE = (
    OperationalError,
    InterfaceError,
    InternalError,
    StandbyError,
    NoConnectionError,
)


def install(app: FastAPI) -> None:
    """Answer every error of `app` with a problem."""
    for error in KINDS:
        app.add_exception_handler(error, _domain_error)
    app.add_exception_handler(DependencyUnavailableError, _dependency_unavailable)
    app.add_exception_handler(OutcomeUnknownError, _dependency_unavailable)
    for error in DATABASE_UNAVAILABLE:
        app.add_exception_handler(error, _database_unavailable)
    app.add_exception_handler(RequestValidationError, _validation_error)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(ClientDisconnect, _client_disconnected)
    app.add_exception_handler(Exception, _internal_error)


class ProblemResponse(JSONResponse):
    """A problem, in UTF-8 whatever it quotes: a client may name a field with half a character."""

    media_type = MEDIA_TYPE

    def render(self, content: Any) -> bytes:
        """As JSON, in which a lone surrogate becomes a question mark."""
        return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode(
            errors="replace"
        )


def problem_response(error: DomainError) -> JSONResponse:
    """The response to an error of the domain or the API."""
    kind = KINDS[type(error)]
    return _response(kind, str(error), _members(error), _headers(error, kind.status))


def _members(error: DomainError) -> Mapping[str, Any]:
    """The members of the problem that only some types have."""
    match error:
        case InvalidRequestError():
            return {"errors": list(error.field_errors)}
        case PriceChangedError():
            return {"expected_total": error.expected_total, "total": error.total}
        case _:
            return {}


def _headers(error: DomainError, status: HTTPStatus) -> dict[str, str]:
    """Headers that tell the client more (RFC 6750, RFC 9110)."""
    match error:
        case TokenMissingError() | TokenRefusedError() | ScopeMissingError():
            return {"WWW-Authenticate": _challenge(error)}
        case MethodNotAllowedError():
            return {"Allow": ", ".join(error.allowed)}
        case LimitReachedError():
            return {"Retry-After": str(max(1, ceil(error.retry_after.total_seconds())))}
        case _ if status is HTTPStatus.SERVICE_UNAVAILABLE:
            return {"Retry-After": str(RETRY_AFTER_SECONDS)}
        case _:
            return {}


def _challenge(error: TokenMissingError | TokenRefusedError | ScopeMissingError) -> str:
    match error:
        case TokenMissingError():
            return "Bearer"
        case TokenRefusedError():
            return f'Bearer error="invalid_token", error_description="{error}"'
        case ScopeMissingError():
            return f'Bearer error="insufficient_scope", scope="{" ".join(error.needed)}"'


async def _domain_error(request: Request, error: Exception) -> JSONResponse:
    del request
    return problem_response(cast("DomainError", error))


async def _dependency_unavailable(request: Request, error: Exception) -> JSONResponse:
    """Temporal did not answer, or several dependencies are unavailable."""
    cause = error.__cause__ if isinstance(error, OutcomeUnknownError) else error
    if isinstance(cause, DependencyUnavailableError) and cause.__cause__:
        for name in cause.names:
            _dependency_health(request).suspect(name, cause.__cause__)
    return problem_response(cast("DomainError", error))


async def _database_unavailable(request: Request, error: Exception) -> JSONResponse:
    _dependency_health(request).suspect(DATABASE, error)
    return problem_response(DependencyUnavailableError(DATABASE))


def _dependency_health(request: Request) -> DependencyHealth:
    return request.app.state.context.dependency_health


async def _validation_error(request: Request, error: Exception) -> JSONResponse:
    del request
    details = cast("RequestValidationError", error).errors()
    return problem_response(InvalidRequestError(*(_field_error(detail) for detail in details)))


async def _client_disconnected(request: Request, error: Exception) -> JSONResponse:
    """The connection ended before the request did; nobody receives this."""
    del request, error
    return problem_response(RequestTooSlowError())


async def _http_error(request: Request, error: Exception) -> JSONResponse:
    return problem_response(framework_errors.error_of(request, cast("HTTPException", error)))


async def _internal_error(request: Request, error: Exception) -> JSONResponse:
    """A bug in what is outside `InternalErrors`: its traceback goes to the log."""
    del error
    return internal_error(request.scope)


def internal_error(scope: Scope) -> JSONResponse:
    """The response to a bug, whose traceback goes to the log, not to the client."""
    detail = "The service failed to handle the request. The error was logged."
    return _response(INTERNAL_ERROR, detail, headers=response_headers.of_error(scope))


def outside_middleware(error: DomainError, scope: Scope | None = None) -> JSONResponse:
    """As `problem_response`, with the headers that the middleware would add."""
    response = problem_response(error)
    response.headers.update(response_headers.of_error(scope))
    return response


def _field_error(detail: Mapping[str, Any]) -> FieldError:
    location, *path = detail["loc"]
    if detail["type"] == "json_invalid":
        path = []
        message = f"must be JSON: {detail['ctx']['error']}"
    elif detail["type"] == "model_attributes_type" and not path:
        message = "must be a JSON object, sent with Content-Type: application/json"
    else:
        message = str(detail["msg"]).removeprefix("Value error, ")
    return FieldError(
        location=str(location), field=".".join(str(part) for part in path), message=message
    )


def _response(
    kind: Kind,
    detail: str,
    members: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
) -> JSONResponse:
    body = Problem(
        type=f"urn:problem-type:{kind.type}",
        title=kind.title,
        status=kind.status,
        detail=detail,
        **(members or {}),
    )
    return ProblemResponse(body.model_dump(exclude_none=True), kind.status, headers=headers)
