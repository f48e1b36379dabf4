"""The canaries: numbers that pass for card numbers, and how they are found again."""

import base64
import re
from collections.abc import Iterator
from itertools import count, cycle, islice

CORES = {16: "4929731805", 15: "3787318052", 19: "6304973180"}
"""Each number's first ten digits, by its length: long enough to be nothing else."""

CVC = "cvc-canary-7391"
"""Nothing tells a CVC's three digits from others: this stands where one would be sent.

By itself in fields of such a name; in others, which may well hold three digits, behind its number.
"""

CVC_FIELDS = ("cvc", "cvv", "card_cvc", "security_code")


def _grouped(digits: str, separator: str, length: int) -> str:
    """The first digits of a number of that length, as people write it."""
    lengths = (4, 6, 5) if length == 15 else (4, 4, 4, 4, 3)
    groups: list[str] = []
    for size in lengths:
        groups.append(digits[:size])
        digits = digits[size:]
    return separator.join(group for group in groups if group)


def _checked(digits: str) -> str:
    """With its last digit (ISO/IEC 7812, annex B)."""
    doubled = [sum(divmod(2 * int(digit), 10)) for digit in digits[::-2]]
    total = sum(doubled) + sum(int(digit) for digit in digits[-2::-2])
    return f"{digits}{-total % 10}"


def numbers() -> Iterator[str]:
    """Without end, each a new one: of 16, 15 and 19 digits, plain, with spaces, with dashes.

    Twelve in a row are of every length in every form.
    """
    for number, (length, core), separator in zip(
        count(), cycle(CORES.items()), cycle(["", " ", "-", ""]), strict=False
    ):
        yield _grouped(_checked(f"{core}{number:0{length - 11}}"), separator, length)


def cards(fresh: Iterator[str], forms: int) -> Iterator[str]:
    """Each number in another form, and one as it stands on its card: with date and CVC."""
    yield from islice(fresh, forms)
    yield whole(next(fresh))


def whole(number: str) -> str:
    """With date and CVC."""
    return f"{number} 12/30 {CVC}"


def _patterns() -> Iterator[bytes]:
    for core in CORES.values():
        yield rb"[\s.\-]{0,3}".join(digit.encode() for digit in core)
    written = [
        _grouped(core, separator, length)
        for length, core in CORES.items()
        for separator in ("", " ", "-")
    ]
    for text in (*written, CVC):
        # Wherever it begins in what is encoded: the characters that only it decides.
        for before in range(3):
            encoded = base64.b64encode(b"\0" * before + text.encode())
            yield re.escape(encoded[-(-8 * before // 6) : (before + len(text)) * 8 // 6])
    yield re.escape(CVC.encode())


FOUND = re.compile(b"|".join(_patterns()))
"""A canary, or a part of one that is long enough; also in base64."""


def found_in(*contents: bytes | str) -> list[str]:
    """What there is of canaries."""
    each = (one.encode() if isinstance(one, str) else one for one in contents)
    return [found[0].decode("latin-1") for content in each for found in FOUND.finditer(content)]
