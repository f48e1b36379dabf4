"""Seeded generators of numbers that are no card numbers, but may be taken for some."""

import uuid
from collections.abc import Callable
from random import Random

IBANS = {
    "AT": "nnnnnnnnnnnnnnnn",
    "BE": "nnnnnnnnnnnn",
    "CH": "nnnnnnnnnnnnnnnnn",
    "DE": "nnnnnnnnnnnnnnnnnn",
    "DK": "nnnnnnnnnnnnnn",
    "ES": "nnnnnnnnnnnnnnnnnnnn",
    "FI": "nnnnnnnnnnnnnn",
    "FR": "nnnnnnnnnncccccccccccnn",
    "GB": "aaaannnnnnnnnnnnnn",
    "IT": "annnnnnnnnncccccccccccc",
    "NL": "aaaannnnnnnnnn",
    "NO": "nnnnnnnnnnn",
    "PL": "nnnnnnnnnnnnnnnnnnnnnnnn",
    "SE": "nnnnnnnnnnnnnnnnnnnn",
}
"""By country: the characters after the check digits."""

_CHOICES = {"n": "0123456789", "a": "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "c": "0123456789ABCDEFGHJKLMNP"}
_CARRIES = (0, 9, 4, 6, 8, 2, 7, 1, 3, 5)
_PHONES = (
    "49151",
    "49 30 ",
    "43 660 ",
    "1 415 ",
    "44 7700 ",
    "33 6 ",
    "36 30 ",
    "39 320 ",
    "385 91 ",
)


def digits(random: Random, count: int) -> str:
    """So many random digits, of which the first may be 0."""
    return "".join(random.choices("0123456789", k=count))


def gtin(length: int) -> Callable[[Random], str]:
    """A trade item number of that length."""

    def generate(random: Random) -> str:
        body = digits(random, length - 1)
        total = sum(int(digit) * (3, 1)[at % 2] for at, digit in enumerate(reversed(body)))
        return body + str(-total % 10)

    return generate


def order_number(longest: int) -> Callable[[Random], str]:
    """A number of 6 to `longest` digits, each length as often, without a leading 0."""

    def generate(random: Random) -> str:
        return random.choice("123456789") + digits(random, random.randint(5, longest - 1))

    return generate


def hexadecimal(count: int) -> Callable[[Random], str]:
    """A hash or an id of that length."""
    return lambda random: f"{random.getrandbits(4 * count):0{count}x}"


def phone_number(random: Random) -> str:
    """With a country's code, grouped or not."""
    prefix = random.choice(("+", "00", "+")) + random.choice(_PHONES)
    number = digits(random, random.randint(6, 8))
    grouped = f"{number[:3]} {number[3:]}" if " " in prefix else number
    return random.choice((prefix + grouped, (prefix + number).replace(" ", "")))


def _checked(start: str, body: str) -> str:
    moved = "".join(str(int(char, 36)) for char in f"{body}{start}00")
    return f"{start}{98 - int(moved) % 97:02}{body}"


def iban(random: Random) -> str:
    """An international bank account number."""
    country = random.choice(sorted(IBANS))
    body = "".join(random.choice(_CHOICES[kind]) for kind in IBANS[country])
    return _checked(country, body)


def creditor_reference(random: Random) -> str:
    """ISO 11649: RF, and up to 21 characters."""
    return _checked("RF", digits(random, random.randint(4, 21)))


def qr_reference(random: Random) -> str:
    """The reference of a Swiss QR-bill: 27 digits."""
    body = digits(random, 26)
    carry = 0
    for digit in body:
        carry = _CARRIES[(carry + int(digit)) % 10]
    return f"{body}{(10 - carry) % 10}"


def in_fours(generate: Callable[[Random], str]) -> Callable[[Random], str]:
    """The same in groups of four characters."""

    def generate_grouped(random: Random) -> str:
        text = generate(random)
        return " ".join(text[at : at + 4] for at in range(0, len(text), 4))

    return generate_grouped


def grouped_qr_reference(random: Random) -> str:
    """As printed: two digits, and then groups of five."""
    text = qr_reference(random)
    return " ".join((text[:2], *(text[at : at + 5] for at in range(2, 27, 5))))


GENERATORS: dict[str, Callable[[Random], str]] = {
    **{f"GTIN-{length}": gtin(length) for length in (8, 12, 13, 14)},
    "UUID": lambda random: str(uuid.UUID(int=random.getrandbits(128), version=4)),
    "UUID without hyphens": lambda random: uuid.UUID(int=random.getrandbits(128), version=4).hex,
    **{f"{count} hexadecimal digits": hexadecimal(count) for count in (16, 24, 32, 40, 64)},
    "decimal trace id of 64 bits": lambda random: str(random.getrandbits(64)),
    "decimal trace id of 63 bits": lambda random: str(random.getrandbits(63)),
    "order number of 6 to 15 digits": order_number(15),
    "phone number": phone_number,
    "IBAN": iban,
    "IBAN in groups": in_fours(iban),
    "RF reference": creditor_reference,
    "RF reference in groups": in_fours(creditor_reference),
    "QR reference": qr_reference,
    "QR reference in groups": grouped_qr_reference,
}
"""By kind. A random number of 16 digits can't be distinguished from a card: see the tests."""
