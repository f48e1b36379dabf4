"""IBANs, creditor references and Swiss QR references: long numbers with checksums of their own."""

import re
from collections.abc import Iterator

_LENGTHS = {
    15: "NO",
    16: "BE",
    18: "DK FI FO GL NL SD FK",
    19: "MK SI",
    20: "AT BA EE KZ LT LU XK MN",
    21: "CH HR LI LV",
    22: "BG BH CR DE GB GE IE ME RS VA",
    23: "AE GI IL IQ OM TL SO",
    24: "AD CZ ES MD PK RO SA SE SK TN VG",
    25: "LY PT ST",
    26: "IS TR",
    27: "BI DJ FR GR IT MC SM",
    28: "AL AZ BY CY DO GT HN HU LB NI PL SV",
    29: "BR EG PS QA UA",
    30: "JO KW MU YE",
    31: "MT SC",
    32: "LC",
    33: "RU",
}
"""Lengths of IBANs by country (https://www.swift.com/standards/data-standards/iban-registry)."""

_IBAN_LENGTHS = {country: n for n, names in _LENGTHS.items() for country in names.split()}

_START = re.compile(r"\b(?:[A-Z]{2}|[a-z]{2})\d{2}", re.ASCII)
_CHARACTER = re.compile(r"[ \-.]?([A-Za-z0-9])", re.ASCII)
_CREDITOR_REFERENCE = "RF"
_LONGEST_CREDITOR_REFERENCE = 25
_SHORTEST_CREDITOR_REFERENCE = 5

_QR_REFERENCE = re.compile(r"\b(?:\d{27}|\d{2}(?: \d{5}){5})\b", re.ASCII)
_CARRIES = (0, 9, 4, 6, 8, 2, 7, 1, 3, 5)
"""The table of the recursive modulo 10 procedure (Swiss Implementation Guidelines QR-bill)."""


def without_account_references(text: str) -> str:
    """The text with a letter in place of each valid IBAN, creditor reference and QR reference."""
    text = _QR_REFERENCE.sub(lambda found: "x" if _is_qr_reference(found[0]) else found[0], text)
    parts: list[str] = []
    done = 0
    for start in _START.finditer(text):
        if start.start() < done:
            continue
        end = _end(text, start.start())
        if end is not None:
            parts += [text[done : start.start()], "x"]
            done = end
    return "".join((*parts, text[done:]))


def _end(text: str, start: int) -> int | None:
    """Where the valid reference that starts there ends; the longest one, if there are several."""
    country = text[start : start + 2].upper()
    is_creditor_reference = country == _CREDITOR_REFERENCE
    length = _LONGEST_CREDITOR_REFERENCE if is_creditor_reference else _IBAN_LENGTHS.get(country)
    if length is None:
        return None
    found = None
    digits = ""
    for character, end in _characters(text, start, length):
        digits += character
        if len(digits) < (_SHORTEST_CREDITOR_REFERENCE if is_creditor_reference else length):
            continue
        if not text[end : end + 1].isalnum() and _is_valid(digits):
            found = end
    return found


def _characters(text: str, start: int, length: int) -> Iterator[tuple[str, int]]:
    """Up to `length` characters that single separators may group, and where each ends."""
    position = start
    for _ in range(length):
        character = _CHARACTER.match(text, position)
        if character is None:
            return
        position = character.end()
        yield character[1], position


def _is_valid(reference: str) -> bool:
    """ISO 7064, MOD 97-10."""
    moved = reference[4:] + reference[:4]
    return int("".join(str(int(character, 36)) for character in moved)) % 97 == 1


def _is_qr_reference(reference: str) -> bool:
    carry = 0
    *digits, check = reference.replace(" ", "")
    for digit in digits:
        carry = _CARRIES[(carry + int(digit)) % 10]
    return (10 - carry) % 10 == int(check)
