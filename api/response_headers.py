"""Headers that every response has, also one that passes no middleware."""

from uuid import uuid4

from starlette.types import Scope

CORRELATION_ID = "X-Correlation-Id"

WEB_PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)

RESTRICTIONS = {
    "Content-Security-Policy": WEB_PAGE_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
"""What browsers may load and frame."""

PRIVATE = {"Cache-Control": "no-store"}
"""No browser and no proxy may cache it."""


def correlation_id(scope: Scope) -> str:
    """The id of the request, by which its response and its log entries are found."""
    return scope.setdefault("state", {}).setdefault("correlation_id", str(uuid4()))


def of_error(scope: Scope | None = None) -> dict[str, str]:
    """All headers of a response that passes no middleware; without a `scope` with a new id."""
    id = str(uuid4()) if scope is None else correlation_id(scope)
    return RESTRICTIONS | PRIVATE | {CORRELATION_ID: id}
