"""Bearer tokens (RFC 6750): JWTs of the configured issuer."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import jwt
from jwt import PyJWK
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

from api.auth.claims import check, customer_subject
from api.auth.jwks import ALGORITHMS, JwksCache
from api.auth.scopes import Caller, Scope
from api.errors import TokenRefusedError
from config import Settings
from domain.subjects import customer_id_of

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


@contextmanager
def _refusing() -> Generator[None]:
    """Raise `TokenRefusedError` for whatever PyJWT says of a token.

    It also raises Python's own errors, for claims and headers of types that it does not expect.
    """
    try:
        yield
    except InvalidTokenError as error:
        raise token_refused(error) from error
    except (TypeError, ValueError, AttributeError, ArithmeticError, RecursionError) as error:
        raise TokenRefusedError("it is not well-formed") from error


class TokenVerifier:
    """Verifies tokens: whom they were issued to, and which scopes they have."""

    def __init__(self, settings: Settings) -> None:
        """With the keys, issuer and audience of the settings."""
        self._keys = JwksCache(settings.jwt_keys)
        self._issuer = settings.jwt_issuer
        self._audience = settings.jwt_audience
        self._customer_claim = settings.jwt_customer_claim

    async def caller(self, token: str) -> Caller:
        """The caller of a valid token.

        Raises `TokenRefusedError`, or `DependencyUnavailableError` if there are no keys to verify
        it with.
        """
        with _refusing():
            key_id = jwt.get_unverified_header(token).get("kid")
        key = await self._keys.find(key_id) if isinstance(key_id, str) else None
        if key is None:
            raise TokenRefusedError("it is not signed with a key of its issuer")
        decoded = self._decode(token, key)
        claims = check(decoded)
        allowed = claims.scope & frozenset(Scope)
        owner = (
            None
            if Scope.OPERATOR in allowed
            else customer_id_of(customer_subject(decoded, self._customer_claim))
        )
        until = claims.exp + LEEWAY_SECONDS
        return Caller(owner, frozenset(map(str, allowed)), until, subject=claims.sub)

    def _decode(self, token: str, key: PyJWK) -> dict[str, Any]:
        with _refusing():
            claims = jwt.decode(
                token,
                # The key determines the algorithm, not the token's header.
                key,
                algorithms=ALGORITHMS,
                issuer=self._issuer,
                audience=self._audience,
                leeway=LEEWAY_SECONDS,
                options={"require": ["aud", "exp", "iss", "sub"]},
            )
        if "scope" not in claims and "scp" not in claims:
            raise token_refused(MissingRequiredClaimError("scope"))
        return claims
