"""The token issuer's public keys, by their ids."""

import asyncio
import json
import logging
import time
from collections.abc import Mapping
from pathlib import Path

import httpx
from jwt import PyJWK, PyJWKSet
from jwt.exceptions import PyJWTError

from api.errors import DependencyUnavailableError

ALGORITHMS = ("ES256", "ES384", "ES512", "EdDSA", "PS256", "PS384", "PS512", "RS256")
"""All asymmetric: a key that verifies tokens cannot sign them."""

MAX_AGE_SECONDS = 300.0
"""After which the keys are read again; for so long a revoked key may still be accepted."""

COOLDOWN_SECONDS = 10.0
"""Between two reads caused by unknown key ids, which any client can invent."""

TIMEOUT_SECONDS = 5.0

ISSUER = "the token issuer's keys"

log = logging.getLogger(__name__)


class JwksCache:
    """A JSON Web Key Set (RFC 7517) at a URL or in a file; belongs to one event loop."""

    def __init__(self, source: str) -> None:
        """Reads nothing before the first call of `find`."""
        self._source = source
        self._keys: Mapping[str, PyJWK] = {}
        self._read_at = -MAX_AGE_SECONDS
        self._lock = asyncio.Lock()

    async def find(self, id: str) -> PyJWK | None:
        """The key; None if the issuer has no such key, or its algorithm is not accepted.

        While the issuer is unavailable, the known keys stay valid. Raises
        `DependencyUnavailableError` if there are none.
        """
        if self._is_due(id):
            async with self._lock:
                if self._is_due(id):  # no other request has read them meanwhile
                    await self._read()
        if not self._keys:
            raise DependencyUnavailableError(ISSUER)
        return self._keys.get(id)

    def _is_due(self, id: str) -> bool:
        age = time.monotonic() - self._read_at
        return age >= (MAX_AGE_SECONDS if id in self._keys else COOLDOWN_SECONDS)

    async def _read(self) -> None:
        try:
            found = PyJWKSet.from_dict(json.loads(await self._text())).keys
        except (
            OSError,
            ValueError,
            TypeError,
            AttributeError,
            RecursionError,
            httpx.HTTPError,
            httpx.InvalidURL,
            PyJWTError,
        ) as error:
            log.warning("%s can't be read: %s", ISSUER, type(error).__name__)
        else:
            self._keys = {str(key.key_id): key for key in found if _is_accepted(key)}
        self._read_at = time.monotonic()

    async def _text(self) -> str:
        if not self._source.startswith(("http://", "https://")):
            return await asyncio.to_thread(Path(self._source).read_text, "utf-8")
        async with httpx.AsyncClient(timeout=TIMEOUT_SECONDS) as http:
            response = await http.get(self._source)
            return response.raise_for_status().text


def _is_accepted(key: PyJWK) -> bool:
    return (
        isinstance(key.key_id, str)
        and key.algorithm_name in ALGORITHMS
        and key.public_key_use in (None, "sig")
        and not key.Algorithm.check_key_length(key.key)  # returns what is wrong, if anything
    )
