"""Headers that every response has, also one that passes no middleware."""

from uuid import uuid4

from starlette.types import Scope

CORRELATION_ID = "X-Correlation-Id"


def web_page_policy(scripts: str = "", connections: str = "") -> str:
    """The policy of a page that loads nothing from elsewhere but from these sources.

    Each is empty, or a space and what the directive lists after `'self'`.
    """
    return (
        f"default-src 'none'; script-src 'self'{scripts}; style-src 'self'; img-src 'self'; "
        f"connect-src 'self'{connections}; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    )


RESTRICTIONS = {
    "Content-Security-Policy": web_page_policy(),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
"""What browsers may load and frame."""

PRIVATE = {"Cache-Control": "no-store"}
"""No browser and no proxy may cache it."""


def correlation_id(scope: Scope) -> str:
    """The id of the request, by which its response and its log entries are found."""
    state = scope.setdefault("state", {})
    if "correlation_id" not in state:
        state["correlation_id"] = str(uuid4())
    return state["correlation_id"]


def of_error(scope: Scope | None = None) -> dict[str, str]:
    """All headers of a response that passes no middleware; without a `scope` with a new id."""
    id = str(uuid4()) if scope is None else correlation_id(scope)
    return RESTRICTIONS | PRIVATE | {CORRELATION_ID: id}
