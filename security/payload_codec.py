"""Temporal's payload codec: encrypts payloads with AES-256-GCM before they leave the process."""

import os
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from temporalio.api.common.v1 import Payload
from temporalio.converter import PayloadCodec

from security.payload_keys import EncryptingKey, PayloadKeys

ENCODING = b"binary/encrypted"
KEY_ID = "encryption-key-id"
"""The entry of a payload's metadata that holds the id of its key."""

NONCE_BYTES = 12
TAG_BYTES = 16


class UndecipherableError(Exception):
    """The key does not decrypt the payload: one of them was changed."""

    def __init__(self, id: str) -> None:
        """`id` is the key's."""
        super().__init__(
            f"The key {id!r} does not decrypt a payload that names it: the payload was changed, "
            "or PAYLOAD_KEYS has another key under this id."
        )


class EncryptionCodec(PayloadCodec):
    """Encrypts whole payloads, with their metadata; a payload that is not encrypted stays readable.

    It uses no serialization context; `temporal/sandbox.py` relies on that.
    """

    def __init__(self, keys: PayloadKeys) -> None:
        """Without keys, encrypts nothing and decrypts nothing."""
        self._keys = keys

    async def encode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """Encrypt with the first key; without keys return the payloads unchanged."""
        key = self._keys.encrypting
        return list(payloads) if key is None else [_encrypted(p, key) for p in payloads]

    async def decode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """Decrypt; raises `UnknownKeyError` and `UndecipherableError`."""
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
            plain = cipher.decrypt(nonce, ciphertext, _associated_data(id))
        except InvalidTag:
            raise UndecipherableError(id) from None
        return Payload.FromString(plain)


def _encrypted(payload: Payload, key: EncryptingKey) -> Payload:
    nonce = os.urandom(NONCE_BYTES)
    ciphertext = key.cipher.encrypt(nonce, payload.SerializeToString(), _associated_data(key.id))
    return Payload(
        metadata={"encoding": ENCODING, KEY_ID: key.id.encode()}, data=nonce + ciphertext
    )


def _associated_data(id: str) -> bytes:
    """Associated data: authenticated, but not encrypted."""
    return ENCODING + b"\0" + id.encode()
