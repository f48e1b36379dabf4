"""Answers bugs with 500 and keeps the connection, which the server would close unannounced."""

import logging

from fastapi.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

log = logging.getLogger(__name__)


class InternalErrors:
    """The error goes to the log; the client gets `response`, unless it has got a part already."""

    def __init__(self, app: ASGIApp, response: JSONResponse) -> None:
        """Answers for `app`."""
        self._app = app
        self._response = response

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        has_begun = False

        async def noting_send(message: Message) -> None:
            nonlocal has_begun
            has_begun = has_begun or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, noting_send)
        except Exception:
            if has_begun or scope["type"] != "http":
                raise
            log.exception("a request failed")
            await self._response(scope, receive, send)
