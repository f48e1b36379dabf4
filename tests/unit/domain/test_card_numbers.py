import string
import sys
import time
import unicodedata
from random import Random
from typing import Annotated
from uuid import UUID, uuid5

import pytest
from pydantic import TypeAdapter, ValidationError

from domain.card_numbers import looks_like_a_card_number
from domain.field_types import Identifier, NoCardNumber
from tests.support.card_numbers import NUMBERS
from tests.support.long_numbers import GENERATORS, order_number

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
        "127.0.0.1:8000",
        "54.239.108.111:44302, 54.239.108.111:44303",
        *(f"54.239.108.11{n}, 10.0.0.1, 52.1.1.1" for n in range(10)),
        *(f"2026-03-31 12:00:00.12345{n}+02:00" for n in range(10)),
        *(f"2026-03-31T12:00:00.12345{n}Z/2026-04-30T12:00:00Z" for n in range(10)),
        *(f"[30.0{n}, 45.00, 50.00, 60.00]" for n in range(10)),
        *(f"EUR 45.2{n}, EUR 1,234,567.89" for n in range(10)),
        f"4242 {ID} 4242 4242",
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


STRIPE = [
    *("4242424242424242", "4000056655665556", "5555555555554444", "2223003122003222"),
    *("5200828282828210", "5105105105105100", "378282246310005", "371449635398431"),
    *("6011111111111117", "6011000990139424", "6011981111111113", "3056930009020004"),
    *("36227206271667", "6555900000604105", "3566002020360505", "6200000000000005"),
    *("6200000000000047", "6205500000000000004"),
]
"""By brand (https://docs.stripe.com/testing#cards)."""

ZEROS = [
    chr(code)
    for code in range(sys.maxunicode)
    if unicodedata.category(chr(code)) == "Nd" and unicodedata.digit(chr(code)) == 0
]


OTHERS = [
    *("6771798025000004", "6771798021000008"),  # Maestro
    *("6331101999990016", "6370950000000005"),  # Switch, Hiper
    *("5060990580000217499", "5061460410120223210"),  # Verve
    "135410014004955",  # UATP
]
"""Of other providers' tests."""


@pytest.mark.parametrize("number", STRIPE + OTHERS)
def test_every_brand_is_found_plain_grouped_and_in_every_digit_of_unicode(number: str) -> None:
    fours = [number[at : at + 4] for at in range(0, len(number), 4)]
    texts = [number, *(separator.join(fours) for separator in (" ", "-", "\u2009", "\u2014", "."))]
    texts += ["".join(chr(ord(zero) + int(digit)) for digit in number) for zero in ZEROS]
    texts.append("".join(f"{digit}\ufe0f\u20e3" for digit in number))
    texts.append(
        "".join(chr(0x2775 + int(digit)) if digit != "0" else "\u24ff" for digit in number)
    )
    texts += [f"{word} {number}" for word in ("Kermit", "RF18", "DE89", "order 7,")]
    assert [text for text in texts if not looks_like_a_card_number(text)] == []
    assert len(ZEROS) > 60


SEPARATORS = [
    *("\u2028", "\u2029", "\u0085", "\u00a0", "\u3000", "\u1680", "\u2800"),
    *("\u200b", "\u2060", "\ufeff", "\u00ad", "\u034f", "\u061c", "\u180e", "\u2065"),
    *("\u115f", "\u1160", "\u3164", "\uffa0", "\U000e0001", "\U000e0100", "\ue000", "\ufff0"),
    *("\x00", "\x01", "\x1f", "\x7f", "\x0b", "\x85", "\r\n"),
    *("\u2027", "\u2219", "\u22c5", "\u30fb", "\u2044", "\u066b", "\u3001", "\u2212", "\u2e3a"),
    *("\u2603", "\U0001f4b3", "\u203f", "\u201d"),
    *(separator for separator in string.punctuation),
    *(" " * spaces for spaces in range(1, 11)),
    *(")(", ") (", '" "', "' '", "\u201d \u201c", "\uff09\uff08", " = ", "] [", "\t\t\t\t"),
]


@pytest.mark.parametrize("separator", SEPARATORS, ids=ascii)
def test_no_separator_of_unicode_hides_a_card_number(separator: str) -> None:
    for number in ("4242424242424242", "378282246310005"):
        fours = [number[at : at + 4] for at in range(0, len(number), 4)]
        assert looks_like_a_card_number(separator.join(fours)), number
    assert looks_like_a_card_number(separator.join("5555555555554444"))


@pytest.mark.parametrize(
    "text",
    [
        "42424242-4242-4242-8242-424242424242",
        "42424242-4242-4242-abcd-abcdefabcdef",
        "4242424242424242abcdabcd",
        "abcdabcd4242424242424242",
        "e4242424242424242e40b0b0b0b0b0b0",
        "378282246310005a",
    ],
)
def test_no_form_of_an_id_hides_a_card_number(text: str) -> None:
    assert looks_like_a_card_number(text)
    assert looks_like_a_card_number(f"invoice {text}")


@pytest.mark.parametrize("sample", [10_000, pytest.param(100_000, marks=pytest.mark.proof)])
@pytest.mark.parametrize("kind", GENERATORS)
def test_at_most_one_other_number_in_a_thousand_is_refused(kind: str, sample: int) -> None:
    random = Random(2026)
    numbers = [GENERATORS[kind](random) for _ in range(sample)]
    refused = [number for number in numbers if looks_like_a_card_number(number)]
    assert len(set(numbers)) > sample / 2
    assert len(refused) <= sample / 1000, refused[:5]


def test_a_random_number_of_16_digits_is_refused_as_often_as_cards_begin_like_it() -> None:
    """One in ten has a right checksum, and a third of those begin like a card: 3.7 %."""
    random = Random(2026)
    numbers = [order_number(16)(random) for _ in range(20_000)]
    long = [number for number in numbers if len(number) == 16]
    refused = [number for number in long if looks_like_a_card_number(number)]
    assert 0.03 < len(refused) / len(long) < 0.045


@pytest.mark.parametrize(
    "text",
    [
        "DE89 4242 4242 4242 4242 00",  # not the checksum of an IBAN
        "RF19 4242 4242 4242 4242",
        "21 42424 24242 42424 24242 42424 4242424242424242",
        "4242424242424242 DE89 3704 0044 0532 0130 00",
    ],
)
def test_a_card_number_does_not_pass_as_an_account_reference(text: str) -> None:
    assert looks_like_a_card_number(text)


def test_a_text_that_must_hold_none_says_so() -> None:
    with pytest.raises(ValidationError, match="Value error, looks like a card number \\["):
        TypeAdapter(Annotated[str, NoCardNumber]).validate_python("4242424242424242")


def test_no_order_id_is_taken_for_a_card_number() -> None:
    ids = (str(uuid5(UUID(ID), str(n))) for n in range(20_000))
    ids = [*ids, "42424242-4242-4242-8242-424242424242"]
    assert not any(looks_like_a_card_number(f"/orders/{id}/events", uuids_pass=True) for id in ids)
    assert TypeAdapter(Identifier).validate_python(ids[-1])


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
