"""What the codec makes of payloads, without a server."""

import pytest
from pydantic import BaseModel
from temporalio.api.common.v1 import Payload
from temporalio.api.failure.v1 import Failure
from temporalio.exceptions import ApplicationError

from security.payload_codec import (
    ENCODING,
    KEY_ID,
    NONCE_BYTES,
    EncryptionCodec,
    UndecipherableError,
)
from security.payload_keys import PayloadKeys, UnknownKeyError, new_key
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
