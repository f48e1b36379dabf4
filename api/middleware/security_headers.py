"""Response headers that restrict what browsers load, frame and cache."""

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.middleware.authentication import CARD_LINK_PATHS, is_public
from api.response_headers import PRIVATE, RESTRICTIONS

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
                headers.update(RESTRICTIONS)
                if scope["path"].startswith("/docs"):
                    headers["Content-Security-Policy"] = _DOCS_POLICY
                if scope["path"] in CARD_LINK_PATHS or not is_public(scope["path"]):
                    headers.update(PRIVATE)
            await send(message)

        await self._app(scope, receive, with_headers)
