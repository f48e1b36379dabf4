"""Detection of card numbers in text: the system neither accepts nor stores any.

A number is one by the ranges of its issuers, its length and its checksum (ISO/IEC 7812). IBANs,
creditor references and Swiss QR references are recognized by their own checksums, GTINs by theirs.

An attacker may craft a text to make the search slow. So each group of digits is read once, and a
checksum is the difference of two running sums.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import accumulate

from domain.account_references import without_account_references

_USUAL_LENGTHS = range(13, 20)

_BRANDS: tuple[tuple[tuple[range, ...], tuple[int, ...]], ...] = (
    ((range(4000, 5000),), (16,)),  # Visa
    ((range(5100, 5600), range(2221, 2721)), (16,)),  # Mastercard
    ((range(3400, 3500), range(3700, 3800)), (15,)),  # American Express
    ((range(3000, 3060), range(3095, 3096)), (14, 16)),  # Diners Club
    ((range(3600, 3700), range(3800, 4000)), (14, 16)),
    ((range(6011, 6012), range(6440, 6600)), (16,)),  # Discover
    ((range(3528, 3590),), (16,)),  # JCB
    ((range(1800, 1801), range(2131, 2132)), (15,)),
    ((range(6200, 6300), range(8100, 8172)), (16, 17, 18)),  # UnionPay
    ((range(6200, 6240), range(8171, 8172)), (19,)),
    ((range(2200, 2205),), (16, 17, 18)),  # Mir
    ((range(9792, 9793),), (16,)),  # Troy
    ((range(5018, 5019), range(5020, 5021), range(5038, 5039)), tuple(range(13, 19))),  # Maestro
    ((range(5893, 5894), range(6304, 6305), range(6759, 6764)), tuple(_USUAL_LENGTHS)),
    ((range(6764, 6800),), (16,)),
    ((range(6000, 6100), range(6390, 6400)), (16,)),  # RuPay, InstaPayment
    ((range(5000, 5100), range(5600, 5900)), (16,)),  # Elo, Maestro, Verve
    ((range(6331, 6335), range(6360, 6371)), (16,)),  # Switch, Hiper
    ((range(5060, 5062),), (19,)),  # Verve
    ((range(4222, 4223),), (13,)),  # Visa's old test number
    ((range(1354, 1355),), (15,)),  # UATP
)
"""By brand: the first four digits, and the numbers of all digits.

Ranges that are not in use any more, or are in use in a few places only, are left out where random
numbers are frequent: a decimal trace id has 19 digits half of the time, one in nine of which begin
like a Visa card of 19 digits. Grouped like a card (`_GROUPED_BRANDS`), all of them are detected.
"""

_GROUPED_BRANDS = (((range(3000, 7000),), (16, 19)),)

_SHORTEST = 13

_USUAL = r"[\s.\-_]+"
"""Common separators between a number's groups; one number may mix them."""

_RARE = r"""!"#$%&'*+,/:;=?@\\^`|~\u00b7\u2022"""
_ODD = rf"\s*[{_RARE}][{_RARE}\s]*"
"""Rare separators, of which a number uses only one: mixed, they occur in times, lists of amounts
and network addresses.
"""

_GROUP = re.compile(rf"(\d+)(?:({_USUAL})(?=\d)|({_ODD})(?=\d))?", re.ASCII)
"""A group of digits, and the separator before the next group."""

_NO_DIGIT = re.compile(r"\D+", re.ASCII)

_REPLACEMENTS = {
    **dict.fromkeys(("Cf", "Mn", "Me", "Cc", "Cn", "Co", "Cs"), ""),
    "Pd": "-",
    **dict.fromkeys(("Ps", "Pe"), " "),
    **dict.fromkeys(("Pc", "Pi", "Pf", "Po", "Sm", "Sk", "So"), "\u00b7"),
    "\u2212": "-",
    "\u2800": " ",
}
"""For Unicode's categories, and for the minus and Braille's empty pattern.

Nothing for soft hyphens, zero-width spaces, marks over or around a character and what has no shape;
a dot for what may stand between groups like one.
"""

_FILLERS = re.compile("[\u115f\u1160\u2065\u3164\uffa0\ufff0-\ufff8\U000e0000-\U000e0fff]")
"""What Unicode ignores by default and counts as letters, or has not assigned yet."""

_TABLE = {
    **{code: " " if chr(code).isspace() else None for code in (*range(32), 127)},
    **dict.fromkeys(map(ord, "()[]{}<>"), " "),
}
"""For control characters and brackets."""

_HEX = r"[0-9a-fA-F]"
_UUID = re.compile(rf"\b{_HEX}{{8}}-(?:{_HEX}{{4}}-){{3}}{_HEX}{{12}}\b")
"""In one of 30,000 the first 16 digits look like a card number."""

_GTIN_LENGTHS = {13, 14}
"""GTINs that are as long as a card number (https://www.gs1.org/standards/id-keys/gtin)."""

_DOUBLED = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)
"""For each digit, the sum of the digits of its double (Luhn)."""

_GROUPINGS = tuple("".join(map(chr, groups)) for groups in ((4, 4, 4, 4), (4, 6, 5)))
"""Sizes of the groups in which people write card numbers: detected even with a wrong checksum."""


def _lengths(brands: Sequence[tuple[tuple[range, ...], tuple[int, ...]]]) -> dict[int, set[int]]:
    found: dict[int, set[int]] = {}
    for ranges, lengths in brands:
        for first in (first for each in ranges for first in each):
            found.setdefault(first, set()).update(lengths)
    return found


_LENGTHS = _lengths(_BRANDS)
_GROUPED_LENGTHS = _lengths((*_BRANDS, *_GROUPED_BRANDS))


def looks_like_a_card_number(text: str, *, uuids_pass: bool = False) -> bool:
    """Whether the text contains a card number, with or without separators, in any digits.

    With `uuids_pass` none that is part of a UUID: for texts that may contain ids of ours.
    """
    if not text.isascii():
        text = _in_ascii(text)
    if len(_NO_DIGIT.sub("", text)) < _SHORTEST:
        return False
    text = text.translate(_TABLE)
    if uuids_pass:
        # A letter separates the numbers around it.
        text = _UUID.sub("x", text)
    return any(_has_card_number(groups) for groups in _rows(without_account_references(text)))


def _in_ascii(text: str) -> str:
    """The text with ASCII digits, spaces and hyphens for all of Unicode's (UAX 15, NFKC)."""
    return "".join(map(_plain, unicodedata.normalize("NFKC", _FILLERS.sub("", text))))


@lru_cache(maxsize=4096)
def _plain(char: str) -> str:
    digit = unicodedata.digit(char, None)
    if digit is not None:
        return str(digit)
    if char.isascii():
        return char
    if char.isspace():
        return " "
    return _REPLACEMENTS.get(char) or _REPLACEMENTS.get(unicodedata.category(char), char)


def _rows(text: str) -> Iterator[list[str]]:
    """Consecutive groups of digits that may belong to one number."""
    row: list[str] = []
    joined = ""
    for digits, usual, odd in _GROUP.findall(text):
        row.append(digits)
        if not (usual or odd):
            yield row
            row = []
        elif len(row) > 1 and odd != joined:
            yield row
            # This group may be the first one of another number, too.
            row = [digits]
        joined = odd


def _has_card_number(groups: Sequence[str]) -> bool:
    digits = "".join(groups)
    if len(digits) < _SHORTEST:
        return False
    sizes = "".join(chr(len(group)) for group in groups)
    if any(grouping in sizes for grouping in _GROUPINGS):
        return True
    borders = [0, *accumulate(map(len, groups))]
    ends = set(borders)
    sums = _luhn_sums(digits)
    for group, start in zip(groups, borders, strict=False):
        first = int(digits[start : start + 4])
        for length in _GROUPED_LENGTHS.get(first, ()):
            end = start + length
            if end not in ends or (sums[end % 2][end] - sums[end % 2][start]) % 10:
                continue
            is_unbroken = len(group) == length
            if is_unbroken and (length not in _LENGTHS.get(first, ()) or _is_gtin(group)):
                continue
            return True
    return False


def _is_gtin(digits: str) -> bool:
    """Whether it is a trade item number by its check digit (weights 1 and 3)."""
    if len(digits) not in _GTIN_LENGTHS:
        return False
    plain = [int(digit) for digit in reversed(digits)]
    return (sum(plain[::2]) + 3 * sum(plain[1::2])) % 10 == 0


def _luhn_sums(digits: str) -> tuple[list[int], list[int]]:
    """Running Luhn sums: with the digits at even indexes doubled, and with those at odd indexes.

    A number whose end index is even has its digits at even indexes doubled.
    """
    plain = [int(digit) for digit in digits]
    doubled = [_DOUBLED[digit] for digit in plain]
    even, odd = plain.copy(), plain.copy()
    even[::2], odd[1::2] = doubled[::2], doubled[1::2]
    return [0, *accumulate(even)], [0, *accumulate(odd)]
