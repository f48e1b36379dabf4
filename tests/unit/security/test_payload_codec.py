"""What the codec makes of payloads, without a server."""

import pytest
from pydantic import BaseModel
from temporalio.api.common.v1 import Payload
from temporalio.api.failure.v1 import Failure
from temporalio.converter import ActivitySerializationContext, WorkflowSerializationContext
from temporalio.exceptions import ApplicationError

from security.payload_codec import (
    ENCODING,
    KEY_ID,
    NONCE_BYTES,
    REFUSED,
    WORKFLOW,
    EncryptionCodec,
    UndecipherableError,
    missing_key,
)
from security.payload_keys import Accepted, PayloadKeys, UnknownKeyError, new_key
from temporal.client import NO_KEYS, data_converter

OLD, NEW = new_key("old"), new_key("new")
PLAIN = Payload(metadata={"encoding": b"json/plain"}, data=b'{"customer_id":"kermit"}')


class _Card(BaseModel):
    payment_method: str


def codec(*keys: str) -> EncryptionCodec:
    return EncryptionCodec(PayloadKeys.parse(",".join(keys)))


async def encrypted(*keys: str) -> Payload:
    [payload] = await codec(*keys).encode([PLAIN])
    return payload


async def test_nothing_of_a_payload_is_seen_and_all_of_it_comes_back() -> None:
    payload = await encrypted(OLD)
    assert dict(payload.metadata) == {"encoding": ENCODING, KEY_ID: b"old"}
    for piece in (b"kermit", b"customer_id", b"json/plain"):
        assert piece not in payload.SerializeToString()
    assert await codec(OLD).decode([payload]) == [PLAIN]


async def test_the_same_twice_does_not_look_the_same() -> None:
    first, second = await codec(OLD).encode([PLAIN, PLAIN])
    assert first.data[:NONCE_BYTES] != second.data[:NONCE_BYTES]
    assert first.data[NONCE_BYTES:] != second.data[NONCE_BYTES:]


async def test_old_payloads_stay_readable_while_a_new_key_encrypts() -> None:
    old, rotated = await encrypted(OLD), codec(NEW, OLD)
    [new] = await rotated.encode([PLAIN])
    assert new.metadata[KEY_ID] == b"new"
    assert await rotated.decode([old, new]) == [PLAIN, PLAIN]


@pytest.mark.parametrize("keys", [(), (NEW,)])
async def test_a_missing_key_is_named(keys: tuple[str, ...]) -> None:
    payload = await encrypted(OLD)
    with pytest.raises(UnknownKeyError, match="'old'") as caught:
        await codec(*keys).decode([payload])
    assert caught.value.id == "old"


async def test_another_key_of_the_same_id_decrypts_nothing() -> None:
    payload = await encrypted(OLD)
    with pytest.raises(UndecipherableError, match="'old'"):
        await codec(new_key("old")).decode([payload])


@pytest.mark.parametrize("position", [0, NONCE_BYTES, -1])
async def test_a_changed_payload_is_not_believed(position: int) -> None:
    payload = await encrypted(OLD)
    changed = bytearray(payload.data)
    changed[position] ^= 1
    payload.data = bytes(changed)
    with pytest.raises(UndecipherableError):
        await codec(OLD).decode([payload])


@pytest.mark.parametrize("length", [0, 1, NONCE_BYTES, NONCE_BYTES + 16])
async def test_a_shortened_payload_is_not_believed(length: int) -> None:
    payload = await encrypted(OLD)
    payload.data = payload.data[:length]
    with pytest.raises(UndecipherableError):
        await codec(OLD).decode([payload])


async def test_the_id_of_its_key_is_part_of_what_may_not_be_changed() -> None:
    same_key = OLD.replace("old:", "renamed:")
    payload = await encrypted(OLD)
    payload.metadata[KEY_ID] = b"renamed"
    with pytest.raises(UndecipherableError):
        await codec(same_key).decode([payload])


async def test_a_payload_that_names_no_key_is_not_changed_by_the_look() -> None:
    nameless = Payload(metadata={"encoding": ENCODING}, data=b"x" * 40)
    before = nameless.SerializeToString()
    with pytest.raises(UnknownKeyError):
        await codec(OLD).decode([nameless])
    assert nameless.SerializeToString() == before


@pytest.mark.parametrize("keys", [(), (OLD,)])
async def test_plain_payloads_are_read_with_and_without_keys(keys: tuple[str, ...]) -> None:
    assert await codec(*keys).decode([PLAIN]) == [PLAIN]


async def test_without_keys_nothing_is_encrypted() -> None:
    assert await codec().encode([PLAIN]) == [PLAIN]


async def test_models_go_through_the_converter() -> None:
    converter = data_converter(PayloadKeys.parse(OLD))
    [payload] = await converter.encode([_Card(payment_method="pm_card_visa")])
    assert b"pm_card_visa" not in payload.SerializeToString()
    assert await converter.decode([payload], [_Card]) == [_Card(payment_method="pm_card_visa")]


async def test_failures_say_nothing_in_plain() -> None:
    converter = data_converter(PayloadKeys.parse(OLD))
    failure = Failure()
    cause = ValueError("kermit has no money")
    error = ApplicationError("kermit's card was declined", "pm_card_visa", type="Declined")
    error.__cause__ = cause
    await converter.encode_failure(error, failure)

    for secret in (b"kermit", b"pm_card_visa"):
        assert secret not in failure.SerializeToString()
    read = await converter.decode_failure(failure)
    assert isinstance(read, ApplicationError)
    assert (read.message, list(read.details)) == ("kermit's card was declined", ["pm_card_visa"])
    assert "kermit has no money" in str(read.cause)


async def test_failures_from_before_there_was_a_key_are_read() -> None:
    failure = Failure()
    await data_converter(NO_KEYS).encode_failure(ApplicationError("declined", "a detail"), failure)
    assert failure.message == "declined"
    read = await data_converter(PayloadKeys.parse(OLD)).decode_failure(failure)
    assert isinstance(read, ApplicationError)
    assert (read.message, list(read.details)) == ("declined", ["a detail"])


def of(
    workflow: str, accepted: Accepted = Accepted.ENCRYPTED, namespace: str = "default"
) -> EncryptionCodec:
    """The codec that the SDK uses for a workflow's payloads."""
    context = WorkflowSerializationContext(namespace=namespace, workflow_id=workflow)
    return EncryptionCodec(PayloadKeys.parse(OLD), accepted).with_context(context)


async def encoding(codec: EncryptionCodec, payload: Payload) -> bytes:
    [read] = await codec.decode([payload])
    return read.metadata["encoding"]


async def test_a_payload_is_for_its_workflow_only() -> None:
    [payload] = await of("payment/1").encode([PLAIN])
    assert payload.metadata[WORKFLOW] == b"default\0payment/1"
    assert await of("payment/1").decode([payload]) == [PLAIN]
    assert await encoding(of("payment/2"), payload) == REFUSED
    assert await encoding(of("payment/1", namespace="other"), payload) == REFUSED
    assert await encoding(of("payment/2", Accepted.ANY), payload) == REFUSED
    # The codec server does not know whose payload it shows.
    assert await codec(OLD).decode([payload]) == [PLAIN]


@pytest.mark.parametrize("moved", [b"default\0payment/2", b"", None])
async def test_its_workflow_cannot_be_changed(moved: bytes | None) -> None:
    [payload] = await of("payment/1").encode([PLAIN])
    if moved is None:
        del payload.metadata[WORKFLOW]
    else:
        payload.metadata[WORKFLOW] = moved
    for accepted in Accepted:
        assert await encoding(of("payment/2", accepted), payload) == REFUSED
    with pytest.raises(UndecipherableError):
        await codec(OLD).decode([payload])


async def test_an_activity_reads_what_its_workflow_wrote() -> None:
    context = ActivitySerializationContext(
        namespace="default",
        activity_id="1",
        activity_type="charge_card",
        activity_task_queue="payments",
        workflow_id="payment/1",
        workflow_type="PaymentWorkflow",
        is_local=False,
    )
    [payload] = await of("payment/1").encode([PLAIN])
    assert await codec(OLD).with_context(context).decode([payload]) == [PLAIN]


async def test_what_is_accepted() -> None:
    """Earlier releases wrote payloads that are not bound, and some began without keys."""
    unbound = await encrypted(OLD)
    for payload, accepting in (
        (unbound, {Accepted.ENCRYPTED, Accepted.ANY}),
        (PLAIN, {Accepted.ANY}),
    ):
        for accepted in Accepted:
            [read] = await of("payment/1", accepted).decode([payload])
            assert (read == PLAIN) == (accepted in accepting)
            assert (read.metadata["encoding"] == REFUSED) == (accepted not in accepting)


@pytest.mark.parametrize("keys", [(OLD,), ()])
async def test_a_workflow_learns_which_key_is_missing(keys: tuple[str, ...]) -> None:
    """A codec that raised would let whoever names an unknown key stop the workflow."""
    context = WorkflowSerializationContext(namespace="default", workflow_id="payment/1")
    [payload] = await codec(NEW).with_context(context).encode([PLAIN])
    [read] = await codec(*keys).with_context(context).decode([payload])
    error = missing_key(read)
    assert error is not None
    assert error.id == "new"
    assert f"it has {', '.join(key.partition(':')[0] for key in keys) or 'no key'})" in str(error)


async def test_what_is_refused_otherwise_misses_no_key() -> None:
    [payload] = await of("payment/2").encode([PLAIN])
    for refused in (payload, PLAIN):
        [read] = await of("payment/1").decode([refused])
        assert read.metadata["encoding"] == REFUSED
        assert missing_key(read) is None


async def test_nothing_converts_what_was_refused() -> None:
    converter = data_converter(PayloadKeys.parse(OLD))
    context = WorkflowSerializationContext(namespace="default", workflow_id="payment/1")
    with pytest.raises(KeyError, match="refused"):
        await converter.with_context(context).decode([PLAIN], [_Card])


async def test_without_keys_everything_plain_is_read() -> None:
    context = WorkflowSerializationContext(namespace="default", workflow_id="payment/1")
    assert await codec().with_context(context).decode([PLAIN]) == [PLAIN]
