"""`/healthz` and `/readyz`, which anybody may request at any rate, at next to no cost."""

from collections.abc import Awaitable, Callable
from types import SimpleNamespace

from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from api.errors import DependencyUnavailableError
from api.problems import problem_response

_METHODS = ("GET", "HEAD")
_BODY_HEADERS = (b"content-length", b"transfer-encoding")


class HealthChecks:
    """Answers before a limit counts the request, and before anything looks at its query."""

    def __init__(self, app: ASGIApp, check_ready: Callable[[], Awaitable[None]]) -> None:
        """`check_ready` raises `DependencyUnavailableError`; `app` receives all other requests."""
        self._app = app
        self._check_ready = check_ready

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        response = await self._response(scope) or self._app
        await response(scope, receive, send)

    async def _response(self, scope: Scope) -> Response | None:
        if scope["type"] != "http" or scope["path"] not in ("/healthz", "/readyz"):
            return None
        has_body = any(name in _BODY_HEADERS for name, _ in scope["headers"])
        if scope["method"] not in _METHODS or has_body:
            return None
        scope["route"] = SimpleNamespace(path=scope["path"])
        if scope["path"] == "/readyz":
            try:
                await self._check_ready()
            except DependencyUnavailableError as error:
                return problem_response(error)
        return Response(b'{"status":"ok"}', media_type="application/json")
