"""Authenticates every request before its body is read."""

from urllib.parse import urlsplit

from jwt.exceptions import InvalidTokenError
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from api.auth.jwt import TokenVerifier, token_refused
from api.auth.scopes import ANONYMOUS, Caller
from api.errors import (
    DependencyUnavailableError,
    HostRefusedError,
    TokenMissingError,
    TokenRefusedError,
)
from api.middleware.limits import Bucket, RateLimits
from api.problems import problem_response
from config import LOOPBACK_HOSTS, Auth, Settings
from domain.errors import DomainError, LimitReachedError
from security.card_links import CardLinks

PUBLIC_PATHS = {
    *("/", "/ui-config", "/healthz", "/readyz"),
    *("/docs", "/docs/openapi.json", "/docs/oauth2-redirect", "/openapi.json"),
    "/webhooks/stripe",
}
PUBLIC_PREFIXES = ("/assets/", "/static-offline-docs/")
"""What needs no token; everything else does."""

CARD_LINK_PATHS = {"/card-update", "/card-update/authentication"}
"""What requires the token of a reminder's link instead."""

CARD_LINK_BODY_BYTES = 1_024
"""Size limit of their bodies: a token of the card provider is much shorter."""

SIGNED_PATHS = {"/webhooks/stripe"}
"""What verifies signatures, so that the host name of the request does not matter."""

AUTHENTICATION_ERRORS: tuple[type[DomainError], ...] = (
    HostRefusedError,
    TokenMissingError,
    TokenRefusedError,
    DependencyUnavailableError,
    LimitReachedError,
)


class AuthenticationMiddleware:
    """Identifies the caller and counts the request; the endpoint checks the caller's scopes."""

    def __init__(self, app: ASGIApp, settings: Settings, rates: RateLimits) -> None:
        """`app` receives authenticated requests, and those for public paths.

        It counts those for `SIGNED_PATHS` itself: who sent them is known when their body is read.
        """
        self._app = app
        self._tokens = TokenVerifier(settings) if settings.auth is Auth.JWT else None
        self._links = CardLinks(settings.card_link_secrets, settings.public_url)
        self._hosts = LOOPBACK_HOSTS | {urlsplit(settings.public_url).hostname or "localhost"}
        self._origins = self._hosts | {urlsplit(ui).hostname for ui in settings.codec_web_uis}
        self._rates = rates

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        try:
            caller = await self._caller(scope)
        except AUTHENTICATION_ERRORS as error:
            await problem_response(error)(scope, receive, send)
            return
        scope.setdefault("state", {})["caller"] = caller
        await self._app(scope, receive, send)

    async def _caller(self, scope: Scope) -> Caller | None:
        """None for a public path or a card link."""
        caller = payment_id = None
        bucket = Bucket.STRANGERS
        try:
            if self._tokens is None:
                if scope["path"] not in SIGNED_PATHS and not self._is_local(scope):
                    raise HostRefusedError
                caller = ANONYMOUS
            elif scope["path"] in CARD_LINK_PATHS:
                payment_id = self._linked_payment(scope)
            elif not is_public(scope["path"]):
                caller = await self._tokens.caller(bearer_token(scope))
            bucket = _bucket(scope["path"], caller)
        finally:
            # Refused requests count as well: guessing tokens is limited.
            if not _is_signed(scope):
                self._rates.count(caller, scope, bucket)
        if payment_id is not None:
            self._rates.count_link(payment_id, scope)
        return caller

    def _linked_payment(self, scope: Scope) -> str:
        try:
            return self._links.payment_id(bearer_token(scope))
        except InvalidTokenError as error:
            raise token_refused(error) from error

    def _is_local(self, scope: Scope) -> bool:
        """Whether the Host header and, if a browser sent the request, its Origin are allowed."""
        origins = Headers(scope=scope).getlist("origin")
        names = {_hostname(origin.partition("//")[2]) for origin in origins}
        return host_of(scope) in self._hosts and names <= self._origins


def _is_signed(scope: Scope) -> bool:
    return scope["path"] in SIGNED_PATHS and scope["method"] == "POST"


def _bucket(path: str, caller: Caller | None) -> Bucket:
    """That of a request which was not refused."""
    return Bucket.PAGE if caller is None or is_public(path) else Bucket.OPERATORS


def is_public(path: str) -> bool:
    """Whether the path needs no token of the issuer."""
    return path in PUBLIC_PATHS | CARD_LINK_PATHS or path.startswith(PUBLIC_PREFIXES)


def host_of(scope: Scope) -> str:
    """The host name in the request's Host header, without the port; empty if that is malformed.

    The check protects against DNS rebinding: if the name of a foreign page resolves to this
    machine, the page may read the responses, but its browser still sends that foreign name.
    """
    hosts = Headers(scope=scope).getlist("host")
    return _hostname(hosts[0]) if len(hosts) == 1 else ""


def _hostname(authority: str) -> str:
    try:
        return urlsplit(f"//{authority}").hostname or ""
    except ValueError:
        return ""


def bearer_token(scope: Scope) -> str:
    """The token in the Authorization header; raises `TokenMissingError`, `TokenRefusedError`."""
    match Headers(scope=scope).getlist("authorization"):
        case []:
            raise TokenMissingError
        case [value]:
            scheme, _, token = value.partition(" ")
            if scheme.lower() != "bearer":
                raise TokenRefusedError("it is not sent as a bearer token")
            return token.strip()
        case _:
            raise TokenRefusedError("the request has several Authorization headers")
