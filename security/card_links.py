"""Links with which a customer gives one payment another card, without signing in.

A link holds a token that says which payment it is for and until when, signed, and nothing of the
customer. It stands behind the `#`: browsers send that to nobody, so that no log of a server's or a
proxy's holds it. It is made when a mail is sent, so that no table of ours holds it either.
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime

import jwt
from jwt.exceptions import InvalidSignatureError

AUDIENCE = "card-update"
"""Tells these tokens from all others, were they signed with the same key."""

ALGORITHM = "HS256"


class CardLinks:
    """Signs with the first key, and takes what any of them signed."""

    def __init__(self, keys: Sequence[str], public_url: str) -> None:
        """Without keys there are no links. They begin with `public_url`."""
        self._keys = {hashlib.sha256(key.encode()).hexdigest()[:8]: key for key in keys}
        self._page = f"{public_url}/#/update-card/"

    def link(self, payment_id: str, deadline: datetime) -> str | None:
        """For that payment until then; None if there is no key."""
        for key_id, key in self._keys.items():
            claims = {"aud": AUDIENCE, "sub": payment_id, "exp": deadline}
            return self._page + jwt.encode(claims, key, ALGORITHM, {"kid": key_id})
        return None

    def payment_id(self, token: str) -> str:
        """Which payment the bearer of the token may give a card.

        Raises `jwt.InvalidTokenError` if it is none of ours, or no longer valid.
        """
        key = self._keys.get(jwt.get_unverified_header(token).get("kid", ""))
        if key is None:
            raise InvalidSignatureError
        claims = jwt.decode(
            token, key, [ALGORITHM], audience=AUDIENCE, options={"require": ["aud", "exp", "sub"]}
        )
        return claims["sub"]
