"""Bearer tokens (RFC 6750): JWTs by an issuer that we trust."""

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

from api.auth.jwks import ALGORITHMS, Keys
from api.auth.scopes import Caller, Scope
from api.errors import TokenRefusedError
from config import Settings

LEEWAY_SECONDS = 10
"""How far the issuer's clock may differ from ours."""

_FAULTS: dict[type[InvalidTokenError], str] = {
    ExpiredSignatureError: "it has expired",
    ImmatureSignatureError: "it is not valid yet",
    InvalidAudienceError: "it is meant for another audience",
    InvalidIssuerError: "it is from another issuer",
    InvalidAlgorithmError: "it is signed in a way that is not taken",
    InvalidSignatureError: "its signature is wrong",
    MissingRequiredClaimError: "it lacks one of the claims aud, exp, iss, scope and sub",
}


def refusal(error: InvalidTokenError) -> TokenRefusedError:
    """What the bearer of such a token is told; nothing of the token itself."""
    return TokenRefusedError(_FAULTS.get(type(error), "it is not well-formed"))


class Tokens:
    """Tells whom a token was issued to, and what it allows."""

    def __init__(self, settings: Settings) -> None:
        """As the settings say whom to trust."""
        self._keys = Keys(settings.jwt_keys)
        self._issuer = settings.jwt_issuer
        self._audience = settings.jwt_audience

    async def caller(self, token: str) -> Caller:
        """Raises `TokenRefusedError`, or `DependencyAwayError` if there are no keys to check it."""
        try:
            claims = await self._claims(token)
        except InvalidTokenError as error:
            raise refusal(error) from error
        scopes = claims["scope"]
        if not isinstance(scopes, str) or not claims["sub"]:
            raise TokenRefusedError("its scope or its subject is not a text")
        allowed = frozenset(scopes.split()) & frozenset(Scope)
        owner = None if Scope.OPERATOR in allowed else claims["sub"]
        return Caller(owner, allowed, until=claims["exp"] + LEEWAY_SECONDS)

    async def _claims(self, token: str) -> dict[str, Any]:
        key_id = jwt.get_unverified_header(token).get("kid")
        key = await self._keys.find(key_id) if isinstance(key_id, str) else None
        if key is None:
            raise TokenRefusedError("it is not signed with a key of its issuer's")
        return jwt.decode(
            token,
            # It brings its own algorithm: what the token says of that does not decide.
            key,
            algorithms=ALGORITHMS,
            issuer=self._issuer,
            audience=self._audience,
            leeway=LEEWAY_SECONDS,
            options={"require": ["aud", "exp", "iss", "scope", "sub"]},
        )
