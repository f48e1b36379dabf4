"""`HEAD` wherever there is a `GET` (RFC 9110, section 9.3.2)."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send


class HeadRequests:
    """Answers `HEAD` with the status and headers of the `GET`."""

    def __init__(self, app: ASGIApp) -> None:
        """`app` receives `GET` instead."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self._app(scope, receive, send)
            return
        get = {**scope, "method": "GET"}

        async def send_head(message: Message) -> None:
            if message["type"] == "http.response.start":
                scope["route"] = get.get("route")
                await send(message)
                # The response ends here: the body may be an event stream that never does.
                await send({"type": "http.response.body"})

        await self._app(get, receive, send_head)
