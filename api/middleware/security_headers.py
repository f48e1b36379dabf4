"""Response headers that restrict what browsers load, frame and cache."""

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.middleware.authentication import CARD_LINK_PATHS, is_public

_WEB_PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_DOCS_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
"""The HTML of the API's documentation comes from FastAPI and has inline scripts."""


class SecurityHeaders:
    """Forbids foreign content, framing, content sniffing and, for private data, caching."""

    def __init__(self, app: ASGIApp) -> None:
        """Adds the headers to every response of `app`."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                policy = _DOCS_POLICY if scope["path"].startswith("/docs") else _WEB_PAGE_POLICY
                headers["Content-Security-Policy"] = policy
                headers["X-Content-Type-Options"] = "nosniff"
                headers["Referrer-Policy"] = "no-referrer"
                if scope["path"] in CARD_LINK_PATHS or not is_public(scope["path"]):
                    # Private data: no browser and no proxy may cache it.
                    headers["Cache-Control"] = "no-store"
            await send(message)

        await self._app(scope, receive, with_headers)
