"""Answers what no handler answers: bugs with 500, and what the server's stop cuts off with 503.

The server itself would close the connection unannounced.
"""

import asyncio
import logging

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.errors import AnswerPendingError
from api.problems import internal_error, outside_middleware
from api.response_headers import correlation_id

log = logging.getLogger(__name__)

STOPPING = AnswerPendingError(
    "The service stops, and the request was not finished; it may have had its effect. Send it "
    "again, with the same Idempotency-Key if it has one."
)


class InternalErrors:
    """The error goes to the log; the client gets a problem, unless it has got a part already.

    It is the outermost middleware, and its response has the headers that the others add.
    """

    def __init__(self, app: ASGIApp) -> None:
        """Answers for `app`."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        has_begun = False

        async def noting_send(message: Message) -> None:
            nonlocal has_begun
            has_begun = has_begun or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, noting_send)
        except asyncio.CancelledError:
            if has_begun or scope["type"] != "http":
                raise
            await outside_middleware(STOPPING, scope)(scope, receive, send)
        except Exception:
            if has_begun or scope["type"] != "http":
                raise
            log.exception("request %s failed", correlation_id(scope))
            await internal_error(scope)(scope, receive, send)
