"""What looks like a card number: nobody here takes one, and nothing writes one down.

Strangers may send texts that were made to be looked through slowly. So each group of digits is
looked at once, and a checksum is the difference of two running sums.
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
"""First four digits, and how many there are in all (ISO/IEC 7812)."""

_LENGTHS = {first: lengths for firsts, lengths in _SCHEMES for first in firsts}
_SHORTEST = 13

_USUAL = r"[\s.\-_\u2010-\u2015\u2212]{1,3}"
"""Between the groups of a number, in any mixture."""

_ODD = r"\s?[/,:;|\\*+~#'\u00b7\u2022]{1,3}\s?"
"""As well, but the same one throughout: in a mixture these stand in times, lists of amounts and
network addresses.
"""

_GROUP = re.compile(rf"(\d+)(?:({_USUAL})(?=\d)|({_ODD})(?=\d))?")
"""Digits, and what they are joined to the next ones by."""

_INVISIBLE = "Cf"
"""Unicode's category of soft hyphens, zero-width spaces and the like."""

_HEX = r"[0-9a-fA-F]"
_IDENTIFIERS = re.compile(
    rf"\b(?:{_HEX}{{8}}-(?:{_HEX}{{4}}-){{3}}{_HEX}{{12}}"
    rf"|(?=\d*[a-fA-F])(?:{_HEX}{{64}}|{_HEX}{{40}}|{_HEX}{{32}}|{_HEX}{{24}}|{_HEX}{{16}}))\b"
)
"""UUIDs, hashes and trace ids: now and then their digits would pass for a card number."""

_DOUBLED = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)
"""The sum of the digits of twice a digit (Luhn)."""

_WRITTEN = tuple("".join(map(chr, groups)) for groups in ((4, 4, 4, 4), (4, 6, 5)))
"""How people group the digits: such a number is refused even if it is mistyped."""


def looks_like_a_card_number(text: str) -> bool:
    """Whether a card number stands anywhere in the text, with or without separators."""
    if not text.isascii():
        text = "".join(char for char in text if unicodedata.category(char) != _INVISIBLE)
    # A letter, which no number goes on behind.
    text = _IDENTIFIERS.sub("x", text)
    return any(_has_card_number(groups) for groups in _rows(text))


def _rows(text: str) -> Iterator[list[str]]:
    """Neighbouring groups of digits, as far as they may belong to one number."""
    row: list[str] = []
    joined = ""
    for digits, usual, odd in _GROUP.findall(text):
        row.append(digits)
        if not (usual or odd):
            yield row
            row = []
        elif len(row) > 1 and odd != joined:
            yield row
            # It may as well be the first one of another number.
            row = [digits]
        joined = odd


def _has_card_number(groups: Sequence[str]) -> bool:
    digits = "".join(groups)
    if len(digits) < _SHORTEST:
        return False
    sizes = "".join(chr(len(group)) for group in groups)
    if any(written in sizes for written in _WRITTEN):
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
    """Of the first so many digits, when those at even places are doubled, and those at odd ones.

    In a number that ends before an even place every second digit is doubled from an even place on.
    """
    plain = [int(digit) for digit in digits]
    doubled = [_DOUBLED[digit] for digit in plain]
    even, odd = plain.copy(), plain.copy()
    even[::2], odd[1::2] = doubled[::2], doubled[1::2]
    return [0, *accumulate(even)], [0, *accumulate(odd)]
