"""Keys that encrypt payloads; `python -m security.payload_keys ID` prints a new one."""

import argparse
import base64
import binascii
import os
import re
import sys
from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES = 32

_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")


class Accepted(StrEnum):
    """What is read once there are keys."""

    BOUND = "bound"
    """Only what is bound to its workflow."""

    ENCRYPTED = "encrypted"
    """Also what earlier releases encrypted, without binding it."""

    ANY = "any"
    """Also what is not encrypted, for workflows that began before there were keys."""


class UnknownKeyError(Exception):
    """A payload was encrypted with a key that is not configured."""

    def __init__(self, id: str, known: str) -> None:
        """The missing key's id, and the ids of the configured keys."""
        super().__init__(
            f"A payload is encrypted with the key {id!r}, which PAYLOAD_KEYS does not have "
            f"(it has {known}). Append that key to the others."
        )
        self.id = id
        self.known = known


class EncryptingKey(NamedTuple):
    """The key that encrypts new payloads."""

    id: str
    cipher: AESGCM


class PayloadKeys:
    """AES-256 keys by their ids: the first one encrypts, all of them decrypt.

    Without keys nothing is encrypted. Its `repr` and its errors show ids only, never keys.
    """

    def __init__(self, keys: Mapping[str, bytes] | None = None) -> None:
        """Raises `ValueError` if a key does not have 32 bytes."""
        self._ciphers: dict[str, AESGCM] = {}
        for id, key in (keys or {}).items():
            if len(key) != KEY_BYTES:
                raise ValueError(f"The key {id!r} has {len(key)} bytes; AES-256 takes {KEY_BYTES}.")
            self._ciphers[id] = AESGCM(key)

    @classmethod
    def parse(cls, text: str) -> "PayloadKeys":
        """Parse `id:base64,id2:base64`, or an empty text; raises `ValueError`, without the keys."""
        keys: dict[str, bytes] = {}
        entries = text.split(",") if text.strip() else []
        for position, entry in enumerate(entries, 1):
            id, separator, encoded = entry.strip().partition(":")
            if not separator or not _ID.fullmatch(id):
                # The entry may be a key without an id, so the error must not quote it.
                raise ValueError(
                    f"Key {position} of {len(entries)} is not `id:base64`, with an id of letters, "
                    "digits, dots, dashes and underscores."
                )
            if id in keys:
                raise ValueError(f"There are two keys with the id {id!r}.")
            try:
                keys[id] = base64.b64decode(encoded, validate=True)
            except binascii.Error:
                raise ValueError(f"The key {id!r} is not base64.") from None
        return cls(keys)

    @property
    def encrypting(self) -> EncryptingKey | None:
        """The first key; None without keys."""
        return next((EncryptingKey(*pair) for pair in self._ciphers.items()), None)

    def find(self, id: str) -> AESGCM:
        """The key with that id; raises `UnknownKeyError`."""
        if id not in self._ciphers:
            raise UnknownKeyError(id, self._ids)
        return self._ciphers[id]

    @property
    def _ids(self) -> str:
        return ", ".join(self._ciphers) or "no key"

    def __bool__(self) -> bool:
        return bool(self._ciphers)

    def __repr__(self) -> str:
        return f"PayloadKeys({self._ids})"


def new_key(id: str) -> str:
    """A random key in the format of PAYLOAD_KEYS."""
    return f"{id}:{base64.b64encode(os.urandom(KEY_BYTES)).decode()}"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m security.payload_keys", description=__doc__)
    parser.add_argument("id", help="id of the new key, e.g. `2030-01`")
    given = parser.parse_args()
    if not _ID.fullmatch(given.id):
        parser.error(
            f"argument id: {given.id!r} must be letters, digits, dots, dashes and underscores"
        )
    sys.stdout.write(f"{new_key(given.id)}\n")
