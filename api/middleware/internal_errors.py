"""Answers what no handler answers: bugs with 500, and what the server's stop cuts off with 503.

The server itself would close the connection unannounced, and end the process before requests that
were cut off have written what they leave behind.
"""

import asyncio
import logging
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.errors import AnswerPendingError
from api.problems import internal_error, outside_middleware
from api.response_headers import correlation_id

log = logging.getLogger(__name__)

STOPPING = AnswerPendingError(
    "The service stops, and the request was not finished; it may have had its effect. Send it "
    "again, with the same Idempotency-Key if it has one."
)


ENDING_SECONDS = 5
"""How long requests that the server's stop cut off may take to end."""


class InternalErrors:
    """The error goes to the log; the client gets a problem, unless it has got a part already.

    It is the outermost middleware, and its response has the headers that the others add.
    """

    def __init__(self, app: ASGIApp) -> None:
        """Answers for `app`."""
        self._app = app
        self._requests = set[asyncio.Task[Any]]()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        request = asyncio.current_task()
        if scope["type"] != "http" or request is None:
            await self._live(scope, receive, send)
            return
        self._requests.add(request)
        try:
            await self._answer(scope, receive, send)
        finally:
            self._requests.discard(request)

    async def _live(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The application learns of the server's stop once its requests have ended."""

        async def receive_stop_when_idle() -> Message:
            message = await receive()
            if message["type"] == "lifespan.shutdown" and self._requests:
                await asyncio.wait(self._requests, timeout=ENDING_SECONDS)
            return message

        await self._app(scope, receive_stop_when_idle, send)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        has_begun = False

        async def noting_send(message: Message) -> None:
            nonlocal has_begun
            has_begun = has_begun or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, noting_send)
        except asyncio.CancelledError:
            if has_begun:
                raise
            await outside_middleware(STOPPING, scope)(scope, receive, send)
        except Exception:
            if has_begun:
                raise
            log.exception("request %s failed", correlation_id(scope))
            await internal_error(scope)(scope, receive, send)
