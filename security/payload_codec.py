"""Temporal's payload codec: encrypts payloads with AES-256-GCM before they leave the process.

A payload is bound to the workflow it belongs to: its metadata names the workflow, the ciphertext
authenticates that, and who reads the payload for another workflow refuses it.
"""

import os
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from temporalio.api.common.v1 import Payload
from temporalio.converter import (
    ActivitySerializationContext,
    PayloadCodec,
    SerializationContext,
    WithSerializationContext,
    WorkflowSerializationContext,
)

from security.payload_keys import Accepted, EncryptingKey, PayloadKeys, UnknownKeyError

ENCODING = b"binary/encrypted"
KEY_ID = "encryption-key-id"
"""The entry of a payload's metadata that holds the id of its key."""

WORKFLOW = "encryption-workflow"
"""The entry that holds namespace and id of the payload's workflow; earlier releases had none."""

REFUSED = b"binary/refused"
"""The encoding of what stands in for a refused payload. No converter knows it: the SDK drops a
signal that has it, refuses such an update, and a workflow that began with it waits.
"""

KNOWN_KEYS = "known-key-ids"
"""The entry that holds what there was instead of the key that a refused payload names."""

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


class EncryptionCodec(PayloadCodec, WithSerializationContext):
    """Encrypts whole payloads, with their metadata.

    Without the context of a workflow, as in the codec server, it binds nothing and refuses nothing.
    It uses namespace and workflow id of a context only; `temporal/sandbox.py` relies on that.
    """

    def __init__(
        self,
        keys: PayloadKeys,
        accepted: Accepted = Accepted.ENCRYPTED,
        workflow: bytes = b"",
        *,
        is_for_activity: bool = False,
    ) -> None:
        """Without keys, encrypts nothing and decrypts nothing."""
        self._keys = keys
        self._accepted = accepted
        self._workflow = workflow
        self._is_for_activity = is_for_activity

    def with_context(self, context: SerializationContext) -> "EncryptionCodec":
        """For the payloads of the context's workflow."""
        known = isinstance(context, WorkflowSerializationContext | ActivitySerializationContext)
        if not known or not context.workflow_id:
            return self
        workflow = f"{context.namespace}\0{context.workflow_id}".encode()
        is_for_activity = isinstance(context, ActivitySerializationContext)
        return EncryptionCodec(
            self._keys, self._accepted, workflow, is_for_activity=is_for_activity
        )

    async def encode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """Encrypt with the first key; without keys return the payloads unchanged."""
        key = self._keys.encrypting
        if key is None:
            return list(payloads)
        return [_encrypted(payload, key, self._workflow) for payload in payloads]

    async def decode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """Decrypt; raises `UnknownKeyError`, but for workflows, and without a context
        `UndecipherableError`.
        """
        return [self._read(payload) for payload in payloads]

    def _read(self, payload: Payload) -> Payload:
        if not self._workflow:
            return self._decrypted(payload)
        if not self._is_accepted(payload):
            return _refused("It is not encrypted for this workflow.")
        try:
            return self._decrypted(payload)
        except UndecipherableError as error:
            return _refused(str(error))
        except UnknownKeyError as error:
            if self._is_for_activity:
                raise
            return without_its_key(error)

    def _is_accepted(self, payload: Payload) -> bool:
        if not self._keys:
            return True
        if payload.metadata.get("encoding") != ENCODING:
            return self._accepted is Accepted.ANY
        if WORKFLOW in payload.metadata:
            return payload.metadata[WORKFLOW] == self._workflow
        return self._accepted is not Accepted.BOUND

    def _decrypted(self, payload: Payload) -> Payload:
        if payload.metadata.get("encoding") != ENCODING:
            return payload
        id = payload.metadata.get(KEY_ID, b"").decode(errors="replace")
        cipher = self._keys.find(id)
        nonce, ciphertext = payload.data[:NONCE_BYTES], payload.data[NONCE_BYTES:]
        if len(ciphertext) < TAG_BYTES:
            raise UndecipherableError(id)
        associated = _associated_data(id, payload.metadata.get(WORKFLOW, b""))
        try:
            plain = cipher.decrypt(nonce, ciphertext, associated)
        except InvalidTag:
            raise UndecipherableError(id) from None
        return Payload.FromString(plain)


def _encrypted(payload: Payload, key: EncryptingKey, workflow: bytes) -> Payload:
    nonce = os.urandom(NONCE_BYTES)
    plain = payload.SerializeToString()
    ciphertext = key.cipher.encrypt(nonce, plain, _associated_data(key.id, workflow))
    metadata = {"encoding": ENCODING, KEY_ID: key.id.encode()}
    return Payload(
        metadata=metadata | ({WORKFLOW: workflow} if workflow else {}), data=nonce + ciphertext
    )


def _associated_data(id: str, workflow: bytes) -> bytes:
    """Associated data: authenticated, but not encrypted."""
    unbound = ENCODING + b"\0" + id.encode()
    return unbound + b"\0" + workflow if workflow else unbound


def _refused(reason: str) -> Payload:
    return Payload(metadata={"encoding": REFUSED}, data=reason.encode())


def without_its_key(error: UnknownKeyError) -> Payload:
    """What stands in for a payload whose key is missing; `temporal/unreadable_signals.py`."""
    metadata = {"encoding": REFUSED, KEY_ID: error.id.encode(), KNOWN_KEYS: error.known.encode()}
    return Payload(metadata=metadata, data=str(error).encode())


def missing_key(payload: Payload) -> UnknownKeyError | None:
    """Why it was refused, if that is for want of its key."""
    if payload.metadata.get("encoding") != REFUSED or KEY_ID not in payload.metadata:
        return None
    known = payload.metadata[KNOWN_KEYS].decode()
    return UnknownKeyError(payload.metadata[KEY_ID].decode(), known)
