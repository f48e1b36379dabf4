"""References with checksums of their own are taken out of a text; others stay."""

import pytest

from domain.account_references import without_account_references

IBAN = "DE89 3704 0044 0532 0130 00"


@pytest.mark.parametrize(
    "reference",
    [
        *(IBAN, IBAN.lower(), IBAN.replace(" ", ""), "RF18 5390 0754 7034"),
        *("210000000003139471430009017", "210000000000000000000000030"),
    ],
)
def test_a_valid_reference_is_taken_out(reference: str) -> None:
    assert without_account_references(f"a {reference}, b") == "a x, b"


@pytest.mark.parametrize(
    "text",
    [
        f"{IBAN}x y",  # goes on
        "DE72 4242 4242 4242 4242",  # the first twelve characters have a valid checksum
        "210000000003139471430009018",
    ],
)
def test_what_is_no_reference_stays(text: str) -> None:
    assert without_account_references(text) == text
