"""Links with which a customer adds another card to one payment, without signing in.

A link contains a signed token with the payment's id and an expiry time, and no customer data. The
token follows the `#`, which browsers never send, so that no server's or proxy's log holds it.
Links are made when a mail is sent, so that no table holds them either.
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime

import jwt
from jwt.exceptions import InvalidSignatureError

AUDIENCE = "card-update"
"""Distinguishes these tokens from others that might be signed with the same key."""

ALGORITHM = "HS256"


class CardLinks:
    """Signs with the first key, and verifies with all keys."""

    def __init__(self, keys: Sequence[str], public_url: str) -> None:
        """Links begin with `public_url`; without keys there are none."""
        self._keys = {hashlib.sha256(key.encode()).hexdigest()[:8]: key for key in keys}
        self._page = f"{public_url}/#/update-card/"

    def link(self, payment_id: str, deadline: datetime) -> str | None:
        """A link for this payment, valid until the deadline; None without keys."""
        for key_id, key in self._keys.items():
            claims = {"aud": AUDIENCE, "sub": payment_id, "exp": deadline}
            return self._page + jwt.encode(claims, key, ALGORITHM, {"kid": key_id})
        return None

    def payment_id(self, token: str) -> str:
        """The payment for which the bearer of the token may give a card.

        Raises `jwt.InvalidTokenError` if the token is forged or expired.
        """
        key = self._keys.get(jwt.get_unverified_header(token).get("kid", ""))
        if key is None:
            raise InvalidSignatureError
        claims = jwt.decode(
            token, key, [ALGORITHM], audience=AUDIENCE, options={"require": ["aud", "exp", "sub"]}
        )
        return claims["sub"]
