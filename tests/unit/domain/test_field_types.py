"""Texts, ids and tokens are taken only in their form."""

from uuid import UUID

import pytest
from pydantic import TypeAdapter, ValidationError

from domain.field_types import Currency, Email, Identifier, PaymentMethod, Reference

TAKEN = [
    (Identifier, ["a", "kermit-the-frog_2", "0", "a" * 64]),
    (Reference, ["gift-1", "Für Kermit, zum 1. Mai", " x ", "r" * 200]),
    (PaymentMethod, ["pm_card_visa", "pm_1"]),
    (Currency, ["EUR"]),
    (Email, ["kermit@example.com", "o'neil+x=1@a-b.example", "a@b", "a" * 64 + "@x.com"]),
]
REFUSED = [
    (Identifier, ["", "Kermit", "-a", "a b", "a" * 65, "a\n"]),
    (Reference, ["", " ", "two\nlines", "a\x00b", "a\u2028b", "a\u2029b", "r" * 201]),
    (PaymentMethod, ["", "pm_", "4242424242424242", "tok_visa", "pm_" + "x" * 201, "pm_1\n"]),
    (Currency, ["", "eur", "EURO"]),
    (
        Email,
        [
            *("", "kermit", "@x.com", "a@", "a@b@c", "a b@x.com", "a\n@x.com", "a@x.com\n"),
            *("=?utf-8?q??=@x.com", "=?utf-8?q?a=40b?=@x.com", ".a@x.com", "a.@x.com"),
            *("a..b@x.com", "a@-x.com", "a@x..com", "a" * 65 + "@x.com", "g\u00f6@x.com"),
            *("4242424242424242@x.com", "a@" + ".".join(["x" * 60] * 5), '"a"@x.com'),
        ],
    ),
]


@pytest.mark.parametrize(("form", "text"), [(form, text) for form, all in TAKEN for text in all])
def test_a_text_in_its_form_is_taken_as_it_is(form: type, text: str) -> None:
    assert TypeAdapter(form).validate_python(text) == text


@pytest.mark.parametrize(("form", "text"), [(form, text) for form, all in REFUSED for text in all])
def test_any_other_text_is_refused(form: type, text: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(form).validate_python(text)


def test_who_gives_a_text_of_two_lines_is_told_why() -> None:
    with pytest.raises(ValidationError) as refused:
        TypeAdapter(Reference).validate_python("two\nlines")
    (error,) = refused.value.errors()
    assert error["msg"] == "Value error, must be one line of text without control characters"


@pytest.mark.parametrize("address", ["=?utf-8?q??=@x.com", "a" * 65 + "@x.com"])
def test_an_address_that_no_mail_reaches_is_refused_with_the_reason(address: str) -> None:
    with pytest.raises(ValidationError) as refused:
        TypeAdapter(Email).validate_python(address)
    (error,) = refused.value.errors()
    assert error["msg"] == "Value error, must be an address that mail can be sent to"


@pytest.mark.parametrize(
    ("form", "text"),
    [
        (Identifier, "4242424242424242"),
        (Identifier, "4242-4242-4242-4242"),
        (Reference, "my card: 4242 4242 4242 4242"),
        (PaymentMethod, "pm_378282246310005"),
    ],
)
def test_card_numbers_are_not_taken(form: type, text: str) -> None:
    with pytest.raises(ValidationError, match="looks like a card number"):
        TypeAdapter(form).validate_python(text)


@pytest.mark.parametrize("id", ["kermit", "customer-0f1e2d3c4b5a", str(UUID(int=4242424242424242))])
def test_ids_of_ours_are_taken(id: str) -> None:
    assert TypeAdapter(Identifier).validate_python(id) == id


@pytest.mark.parametrize(
    ("form", "text", "words"),
    [
        (PaymentMethod, "visa", "a token of the card provider, such as pm_card_visa"),
        (Currency, "eur", "a currency code of ISO 4217, such as EUR"),
        (Email, "kermit", "an e-mail address, such as kermit@example.com"),
    ],
)
def test_a_refusal_says_in_words_what_is_allowed(form: type, text: str, words: str) -> None:
    with pytest.raises(ValidationError) as refused:
        TypeAdapter(form).validate_python(text)
    (error,) = refused.value.errors()
    assert error["msg"] == f"must be {words}"
    described = TypeAdapter(form).json_schema()["description"]
    assert described == f"{words[0].upper()}{words[1:]}."
