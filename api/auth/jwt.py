"""Bearer tokens (RFC 6750): JWTs of the configured issuer."""

from typing import Any

import jwt
from jwt.exceptions import (
    ExpiredSignatureError,
    ImmatureSignatureError,
    InvalidAlgorithmError,
    InvalidAudienceError,
    InvalidIssuerError,
    InvalidSignatureError,
    InvalidTokenError,
    MissingRequiredClaimError,
)

from api.auth.jwks import ALGORITHMS, JwksCache
from api.auth.scopes import Caller, Scope
from api.errors import TokenRefusedError
from config import Settings

LEEWAY_SECONDS = 10
"""How far the issuer's clock may differ from this machine's."""

_REASONS: dict[type[InvalidTokenError], str] = {
    ExpiredSignatureError: "it has expired",
    ImmatureSignatureError: "it is not valid yet",
    InvalidAudienceError: "it was issued for another audience",
    InvalidIssuerError: "it was issued by another issuer",
    InvalidAlgorithmError: "its signature algorithm is not accepted",
    InvalidSignatureError: "its signature is invalid",
    MissingRequiredClaimError: "it lacks one of the claims aud, exp, iss, scope and sub",
}


def token_refused(error: InvalidTokenError) -> TokenRefusedError:
    """The error for the client; it contains nothing of the token itself."""
    return TokenRefusedError(_REASONS.get(type(error), "it is not well-formed"))


class TokenVerifier:
    """Verifies tokens: whom they were issued to, and which scopes they have."""

    def __init__(self, settings: Settings) -> None:
        """With the keys, issuer and audience of the settings."""
        self._keys = JwksCache(settings.jwt_keys)
        self._issuer = settings.jwt_issuer
        self._audience = settings.jwt_audience

    async def caller(self, token: str) -> Caller:
        """The caller of a valid token.

        Raises `TokenRefusedError`, or `DependencyUnavailableError` if there are no keys to verify
        it with.
        """
        try:
            claims = await self._claims(token)
        except InvalidTokenError as error:
            raise token_refused(error) from error
        scopes = claims["scope"]
        if not isinstance(scopes, str) or not claims["sub"]:
            raise TokenRefusedError("its scope or its subject is not a non-empty string")
        allowed = frozenset(scopes.split()) & frozenset(Scope)
        owner = None if Scope.OPERATOR in allowed else claims["sub"]
        return Caller(owner, allowed, until=claims["exp"] + LEEWAY_SECONDS)

    async def _claims(self, token: str) -> dict[str, Any]:
        key_id = jwt.get_unverified_header(token).get("kid")
        key = await self._keys.find(key_id) if isinstance(key_id, str) else None
        if key is None:
            raise TokenRefusedError("it is not signed with a key of its issuer")
        return jwt.decode(
            token,
            # The key determines the algorithm, not the token's header.
            key,
            algorithms=ALGORITHMS,
            issuer=self._issuer,
            audience=self._audience,
            leeway=LEEWAY_SECONDS,
            options={"require": ["aud", "exp", "iss", "scope", "sub"]},
        )
