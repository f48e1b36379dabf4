"""Temporal's payload codec: what leaves this process for Temporal is ciphertext
(AES-256-GCM).
"""

import os
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from temporalio.api.common.v1 import Payload
from temporalio.converter import PayloadCodec

from security.payload_keys import EncryptingKey, PayloadKeys

ENCODING = b"binary/encrypted"
KEY_ID = "encryption-key-id"
"""Where the id of its key stands in a payload's metadata."""

NONCE_BYTES = 12
TAG_BYTES = 16


class UndecipherableError(Exception):
    """A payload does not fit its key: one of them was changed."""

    def __init__(self, id: str) -> None:
        """The id of the key."""
        super().__init__(
            f"A payload says that the key {id!r} encrypted it, but that key does not decrypt it: "
            "the payload was changed, or PAYLOAD_KEYS has another key of that id."
        )


class EncryptionCodec(PayloadCodec):
    """Encrypts whole payloads, with their metadata; a payload that is not encrypted stays readable.

    It does without a serialization context: `temporal/sandbox.py` relies on that.
    """

    def __init__(self, keys: PayloadKeys) -> None:
        """Without keys it encrypts nothing, and says which one is missing."""
        self._keys = keys

    async def encode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """With the first key; as they are, if there is none."""
        key = self._keys.encrypting
        return list(payloads) if key is None else [_encrypted(p, key) for p in payloads]

    async def decode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """Raises `UnknownKeyError`, `UndecipherableError`."""
        return [self._decrypted(payload) for payload in payloads]

    def _decrypted(self, payload: Payload) -> Payload:
        if payload.metadata.get("encoding") != ENCODING:
            return payload
        id = payload.metadata.get(KEY_ID, b"").decode(errors="replace")
        cipher = self._keys.find(id)
        nonce, ciphertext = payload.data[:NONCE_BYTES], payload.data[NONCE_BYTES:]
        if len(ciphertext) < TAG_BYTES:
            raise UndecipherableError(id)
        try:
            plain = cipher.decrypt(nonce, ciphertext, _bound_to(id))
        except InvalidTag:
            raise UndecipherableError(id) from None
        return Payload.FromString(plain)


def _encrypted(payload: Payload, key: EncryptingKey) -> Payload:
    nonce = os.urandom(NONCE_BYTES)
    ciphertext = key.cipher.encrypt(nonce, payload.SerializeToString(), _bound_to(key.id))
    return Payload(
        metadata={"encoding": ENCODING, KEY_ID: key.id.encode()}, data=nonce + ciphertext
    )


def _bound_to(id: str) -> bytes:
    """What is not secret but may not be changed either."""
    return ENCODING + b"\0" + id.encode()
