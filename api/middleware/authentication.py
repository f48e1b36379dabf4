"""Everybody says who they are before anything of their request is read."""

from urllib.parse import urlsplit

from jwt.exceptions import InvalidTokenError
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from api.auth.jwt import Tokens, refusal
from api.auth.scopes import ANYBODY, Caller
from api.errors import (
    DependencyAwayError,
    HostRefusedError,
    TokenMissingError,
    TokenRefusedError,
    problem,
)
from api.middleware.limits import Rates
from config import LOOPBACK_HOSTS, Auth, Settings
from domain.errors import DomainError, LimitReachedError
from security.card_links import CardLinks

OPEN = {
    *("/", "/ui-config", "/healthz", "/readyz"),
    *("/docs", "/docs/oauth2-redirect", "/openapi.json"),
    "/webhooks/stripe",
}
OPEN_BELOW = ("/assets/", "/static-offline-docs/")
"""What is answered without a token; nothing else is."""

LINKED = {"/card-update"}
"""What asks for the token of a reminder's link instead."""

SIGNED = {"/webhooks/stripe"}
"""What looks at signatures, so that it does not matter by which name it was called."""

REFUSALS: tuple[type[DomainError], ...] = (
    HostRefusedError,
    TokenMissingError,
    TokenRefusedError,
    DependencyAwayError,
    LimitReachedError,
)


class Door:
    """Finds out who asks, counts them, and lets them in; what they may is the endpoint's to say."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        """`app` sees no request of strangers but for what is open."""
        self._app = app
        self._tokens = Tokens(settings) if settings.auth is Auth.JWT else None
        self._links = CardLinks(settings.card_link_secrets, settings.public_url)
        self._hosts = LOOPBACK_HOSTS | {urlsplit(settings.public_url).hostname or "localhost"}
        self._pages = self._hosts | {urlsplit(ui).hostname for ui in settings.codec_web_uis}
        self._rates = Rates(settings)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        try:
            caller = await self._caller(scope)
        except REFUSALS as no:
            await problem(no)(scope, receive, send)
            return
        scope.setdefault("state", {})["caller"] = caller
        await self._app(scope, receive, send)

    async def _caller(self, scope: Scope) -> Caller | None:
        """None where it does not matter who asks."""
        caller = None
        try:
            if self._tokens is None:
                if scope["path"] not in SIGNED and not self._is_of_this_machine(scope):
                    raise HostRefusedError
                caller = ANYBODY
            elif scope["path"] in LINKED:
                self._check_link(scope)
            elif not is_open(scope["path"]):
                caller = await self._tokens.caller(bearer_token(scope))
        finally:
            # Also who is refused: guessing is not for free.
            self._rates.count(caller, scope)
        return caller

    def _check_link(self, scope: Scope) -> None:
        try:
            self._links.payment_id(bearer_token(scope))
        except InvalidTokenError as error:
            raise refusal(error) from error

    def _is_of_this_machine(self, scope: Scope) -> bool:
        """By the name that is called, and by the page that asks, which browsers name, too."""
        origins = Headers(scope=scope).getlist("origin")
        pages = {_hostname(origin.partition("//")[2]) for origin in origins}
        return host_of(scope) in self._hosts and pages <= self._pages


def is_open(path: str) -> bool:
    """Whether anybody may ask for it."""
    return path in OPEN | LINKED or path.startswith(OPEN_BELOW)


def host_of(scope: Scope) -> str:
    """What the client takes this server for, without the port; nothing if that makes no sense.

    A page from elsewhere, whose name suddenly leads to this machine (DNS rebinding), may read what
    it asks for; but it can't keep its browser from saying that name.
    """
    said = Headers(scope=scope).getlist("host")
    return _hostname(said[0]) if len(said) == 1 else ""


def _hostname(authority: str) -> str:
    try:
        return urlsplit(f"//{authority}").hostname or ""
    except ValueError:
        return ""


def bearer_token(scope: Scope) -> str:
    """What the one Authorization header says; raises `TokenMissingError`, `TokenRefusedError`."""
    match Headers(scope=scope).getlist("authorization"):
        case []:
            raise TokenMissingError
        case [said]:
            scheme, _, token = said.partition(" ")
            if scheme.lower() != "bearer":
                raise TokenRefusedError("it is not sent as a bearer token")
            return token.strip()
        case _:
            raise TokenRefusedError("there are several")
