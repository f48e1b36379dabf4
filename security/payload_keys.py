"""The keys that payloads are encrypted with; `python -m security.payload_keys ID` makes one."""

import argparse
import base64
import binascii
import os
import re
import sys
from collections.abc import Mapping
from typing import NamedTuple

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES = 32

_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")


class UnknownKeyError(Exception):
    """A payload was encrypted with a key that is not here."""

    def __init__(self, id: str, known: str) -> None:
        """The missing key's id, and the ids of those that are here."""
        super().__init__(
            f"A payload is encrypted with the key {id!r}, which PAYLOAD_KEYS does not have "
            f"(it has {known}). Add that key behind the others."
        )
        self.id = id


class EncryptingKey(NamedTuple):
    """The key for what is encrypted from now on."""

    id: str
    cipher: AESGCM


class PayloadKeys:
    """AES-256 keys by their ids: the first one encrypts, all of them decrypt.

    Without any key nothing is encrypted. Nothing that is shown of it holds a key.
    """

    def __init__(self, keys: Mapping[str, bytes] | None = None) -> None:
        """Raises `ValueError` if a key has not 32 bytes."""
        self._ciphers: dict[str, AESGCM] = {}
        for id, key in (keys or {}).items():
            if len(key) != KEY_BYTES:
                raise ValueError(f"The key {id!r} has {len(key)} bytes; AES-256 takes {KEY_BYTES}.")
            self._ciphers[id] = AESGCM(key)

    @classmethod
    def parse(cls, text: str) -> "PayloadKeys":
        """`id:base64,id2:base64`, or nothing; raises `ValueError`, which repeats no key."""
        keys: dict[str, bytes] = {}
        entries = text.split(",") if text.strip() else []
        for position, entry in enumerate(entries, 1):
            id, separator, encoded = entry.strip().partition(":")
            if not separator or not _ID.fullmatch(id):
                # What stands there may be a key without its id, so it is not shown.
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
        """The first key; None if nothing is to be encrypted."""
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
    """A random key, as it is written in PAYLOAD_KEYS."""
    return f"{id}:{base64.b64encode(os.urandom(KEY_BYTES)).decode()}"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m security.payload_keys", description=__doc__)
    parser.add_argument("id", help="what the key is to be called, `2030-01` for example")
    sys.stdout.write(f"{new_key(parser.parse_args().id)}\n")
