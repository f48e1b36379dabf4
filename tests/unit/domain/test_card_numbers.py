import time
from typing import Annotated
from uuid import UUID, uuid5

import pytest
from pydantic import TypeAdapter, ValidationError

from domain.card_numbers import looks_like_a_card_number
from domain.field_types import NoCardNumber
from tests.support.card_numbers import NUMBERS

ID = "6a1f8e9e-5d9e-4a53-9d53-0f0a3f0a9e21"


@pytest.mark.parametrize("number", NUMBERS)
def test_card_numbers(number: str) -> None:
    for text in (
        number,
        f"pm_{number}",
        f"7, {number}",
        f"{number}/12/30",
        f"my card {number}, 12/30",
        f"x{number}",
        f"7 {number}",
    ):
        assert looks_like_a_card_number(text), text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "kermit",
        "pm_1OoyJb2eZvKYlo2CBIlKvGT1",
        "invoice-20260301-0007",
        "+43 660 123 4567",
        "1700000000000",
        "2026-03-01T12:00:00.123456Z",
        "4242424242424241",
        "42424242",
        "4242 4242/42424242",
        "4" * 25,
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "e4242424242424242e40b0b0b0b0b0b0",
        "127.0.0.1:8000",
        "54.239.108.111:44302, 54.239.108.111:44303",
        *(f"54.239.108.11{n}, 10.0.0.1, 52.1.1.1" for n in range(10)),
        *(f"2026-03-31 12:00:00.12345{n}+02:00" for n in range(10)),
        *(f"2026-03-31T12:00:00.12345{n}Z/2026-04-30T12:00:00Z" for n in range(10)),
        *(f"[30.0{n}, 45.00, 50.00, 60.00]" for n in range(10)),
        *(f"EUR 45.2{n}, EUR 1,234,567.89" for n in range(10)),
        f"4242 {ID} 4242 4242 4242",
        "1," * 1000,
        # Times of 2027 in milli-, micro- and nanoseconds; then other dates, money and phones.
        *(f'{{"at": {18 * 10 ** (digits - 2) + n}}}' for digits in (13, 16, 19) for n in range(10)),
        *(f"2026-11-27 02:04:1{n}" for n in range(10)),
        *(f"2026112702041{n}" for n in range(10)),
        *(f"1000000000000, {n}" for n in range(10)),
        *(f"+81 90 1234 567{n}" for n in range(10)),
        *(f"9792 1234 567{n}" for n in range(10)),
    ],
)
def test_other_texts(text: str) -> None:
    assert not looks_like_a_card_number(text)


def test_a_text_that_must_hold_none_says_so() -> None:
    with pytest.raises(ValidationError, match="Value error, looks like a card number \\["):
        TypeAdapter(Annotated[str, NoCardNumber]).validate_python("4242424242424242")


def test_no_order_id_is_taken_for_a_card_number() -> None:
    ids = (str(uuid5(UUID(ID), str(n))) for n in range(20_000))
    assert not any(looks_like_a_card_number(f"/orders/{id}/events") for id in ids)


def test_no_text_takes_long_to_look_through() -> None:
    """A crafted text must not take much longer than other texts."""
    usual = _cpu_seconds('{"at": "2026-03-01T12:00:00Z", "sku": "pond-lily", "price": 2500}')
    for odd in ("3,", "1/", "33/", "3/3,", "3", "3 ", "3\u200b", "x3"):
        assert _cpu_seconds(odd) < 40 * usual, odd


def _cpu_seconds(piece: str) -> float:
    """For the longest text that consists of such pieces."""
    text = (piece * 65_536)[:65_536]
    taken: list[float] = []
    for _ in range(3):
        started = time.process_time()
        assert not looks_like_a_card_number(text)
        taken.append(time.process_time() - started)
    return min(taken)
