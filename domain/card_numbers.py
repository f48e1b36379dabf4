"""Detection of card numbers in text: the system neither accepts nor stores any.

An attacker may craft a text to make the search slow. So each group of digits is read once, and a
checksum is the difference of two running sums.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from itertools import accumulate

_SCHEMES = (
    (range(3000, 7000), range(13, 20)),  # all the large ones
    (range(2221, 2721), range(16, 17)),  # Mastercard's newer ones
    (range(2200, 2205), range(16, 20)),  # Mir
    (range(8100, 8172), range(16, 20)),  # UnionPay's newer ones
    (range(9792, 9793), range(16, 17)),  # Troy
    (range(1800, 1801), range(15, 16)),  # JCB's older ones
    (range(2131, 2132), range(15, 16)),
)
"""First four digits, and the number of all digits (ISO/IEC 7812)."""

_LENGTHS = {first: lengths for firsts, lengths in _SCHEMES for first in firsts}
_SHORTEST = 13

_USUAL = r"[\s.\-_\u2010-\u2015\u2212]{1,3}"
"""Common separators between a number's groups; one number may mix them."""

_ODD = r"\s?[/,:;|\\*+~#'\u00b7\u2022]{1,3}\s?"
"""Rare separators, of which a number uses only one: mixed, they occur in times, lists of amounts
and network addresses.
"""

_GROUP = re.compile(rf"(\d+)(?:({_USUAL})(?=\d)|({_ODD})(?=\d))?")
"""A group of digits, and the separator before the next group."""

_INVISIBLE = "Cf"
"""Unicode's category of soft hyphens, zero-width spaces and the like."""

_HEX = r"[0-9a-fA-F]"
_IDENTIFIERS = re.compile(
    rf"\b(?:{_HEX}{{8}}-(?:{_HEX}{{4}}-){{3}}{_HEX}{{12}}"
    rf"|(?=\d*[a-fA-F])(?:{_HEX}{{64}}|{_HEX}{{40}}|{_HEX}{{32}}|{_HEX}{{24}}|{_HEX}{{16}}))\b"
)
"""UUIDs, hashes and trace ids, whose digits may look like a card number."""

_DOUBLED = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)
"""For each digit, the sum of the digits of its double (Luhn)."""

_GROUPINGS = tuple("".join(map(chr, groups)) for groups in ((4, 4, 4, 4), (4, 6, 5)))
"""Sizes of the groups in which people write card numbers: detected even with a wrong checksum."""


def looks_like_a_card_number(text: str) -> bool:
    """Whether the text contains a card number, with or without separators."""
    if not text.isascii():
        text = "".join(char for char in text if unicodedata.category(char) != _INVISIBLE)
    # A letter separates the numbers around it.
    text = _IDENTIFIERS.sub("x", text)
    return any(_has_card_number(groups) for groups in _rows(text))


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
    return any(
        end in ends and (sums[end % 2][end] - sums[end % 2][start]) % 10 == 0
        for start in borders[:-1]
        for length in _LENGTHS.get(int(digits[start : start + 4]), ())
        for end in (start + length,)
    )


def _luhn_sums(digits: str) -> tuple[list[int], list[int]]:
    """Running Luhn sums: with the digits at even indexes doubled, and with those at odd indexes.

    A number whose end index is even has its digits at even indexes doubled.
    """
    plain = [int(digit) for digit in digits]
    doubled = [_DOUBLED[digit] for digit in plain]
    even, odd = plain.copy(), plain.copy()
    even[::2], odd[1::2] = doubled[::2], doubled[1::2]
    return [0, *accumulate(even)], [0, *accumulate(odd)]
