"""What looks like a card number: nobody here takes one, and nothing writes one down."""

import re
from collections.abc import Iterator

_LENGTHS = range(13, 20)
"""Digits of a card number (ISO/IEC 7812)."""

_USUAL = r"[\s.\-_\u2010-\u2015\u2212]{1,3}"
_USUAL_DIGITS = re.compile(rf"\d+(?:{_USUAL}\d+)*")
_USUAL_SEPARATOR = re.compile(_USUAL)
"""Between the groups of a number, in any mixture."""

_ODD = r"\s?[/,:;|\\*+~#'\u00b7\u2022]{1,3}\s?"
_ODD_DIGITS = re.compile(rf"(?<!\d)(?=(\d+({_ODD})\d+(?:\2\d+){{0,{_LENGTHS.stop - 3}}}))")
"""As well, but the same one throughout: in a mixture these stand in times, lists of amounts and
network addresses.
"""

_HEX = r"[0-9a-fA-F]"
_IDENTIFIERS = re.compile(
    rf"\b(?:{_HEX}{{8}}-(?:{_HEX}{{4}}-){{3}}{_HEX}{{12}}"
    rf"|(?=\d*[a-fA-F])(?:{_HEX}{{64}}|{_HEX}{{40}}|{_HEX}{{32}}|{_HEX}{{24}}|{_HEX}{{16}}))\b"
)
"""UUIDs, hashes and trace ids: now and then their digits would pass for a card number."""

_WRITTEN = ((4, 4, 4, 4), (4, 6, 5), (4, 4, 4, 4, 3))
"""How people group the digits: such a number is refused even if it is mistyped."""


def looks_like_a_card_number(text: str) -> bool:
    """Whether a card number stands anywhere in the text, with or without separators."""
    # A letter, which no number goes on behind.
    text = _IDENTIFIERS.sub("x", text)
    return any(_is_card_number(groups) for groups in _stretches(text))


def _stretches(text: str) -> Iterator[list[str]]:
    """Every row of neighbouring groups of digits that has a card number's length."""
    for run in _USUAL_DIGITS.finditer(text):
        groups = _USUAL_SEPARATOR.split(run[0])
        for first in range(len(groups)):
            yield from _beginnings(groups[first : first + _LENGTHS.stop])
    for run in _ODD_DIGITS.finditer(text):  # there is one for every group
        yield from _beginnings(run[1].split(run[2]))


def _beginnings(groups: list[str]) -> Iterator[list[str]]:
    length = 0
    for number, group in enumerate(groups, start=1):
        length += len(group)
        if length in _LENGTHS:
            yield groups[:number]
        if length >= _LENGTHS.stop:
            break


def _is_card_number(groups: list[str]) -> bool:
    if tuple(len(group) for group in groups) in _WRITTEN:
        return True
    digits = "".join(groups)
    of_a_scheme = int(digits[0]) in {3, 4, 5, 6} or 2221 <= int(digits[:4]) <= 2720  # noqa: PLR2004 Mastercard's
    return of_a_scheme and _luhn([int(digit) for digit in digits])


def _luhn(digits: list[int]) -> bool:
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits[-2::-2]]
    return (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0
