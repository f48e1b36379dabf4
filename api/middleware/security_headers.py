"""Response headers that restrict what browsers load, frame and cache."""

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.middleware.authentication import CARD_LINK_PATHS, is_public
from api.response_headers import PRIVATE, RESTRICTIONS, web_page_policy
from config.connections import STRIPE, STRIPE_JS

_STRIPE_JS_SOURCES = f"{STRIPE_JS} https://*.js.stripe.com"
_STRIPE_JS_POLICY = (
    web_page_policy(f" {_STRIPE_JS_SOURCES}", f" {STRIPE}")
    + f"; frame-src {_STRIPE_JS_SOURCES} https://hooks.stripe.com"
)
"""What Stripe.js needs: https://docs.stripe.com/security/guide#content-security-policy."""

_DOCS_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
"""The HTML of the API's documentation comes from FastAPI and has inline scripts."""


class SecurityHeaders:
    """Forbids foreign content, framing, content sniffing and, for private data, caching."""

    def __init__(self, app: ASGIApp, card_script_base: str | None = None) -> None:
        """Adds the headers to every response of `app`; its page may load that card script."""
        self._app = app
        self._page_policy = _page_policy(card_script_base)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(RESTRICTIONS)
                policy = _DOCS_POLICY if scope["path"].startswith("/docs") else self._page_policy
                headers["Content-Security-Policy"] = policy
                if scope["path"] in CARD_LINK_PATHS or not is_public(scope["path"]):
                    headers.update(PRIVATE)
            await send(message)

        await self._app(scope, receive, with_headers)


def _page_policy(card_script_base: str | None) -> str:
    """Nothing of others but the card provider's script, which authenticates charges."""
    if card_script_base == STRIPE_JS:
        return _STRIPE_JS_POLICY
    origin = f" {card_script_base}" if card_script_base else ""
    return web_page_policy(origin, origin)
