"""Types of ids, texts and tokens, for requests, messages to workflows and the database."""

import unicodedata
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import AfterValidator, Field, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

from domain.card_numbers import looks_like_a_card_number

PAYMENT_METHOD = r"^pm_[A-Za-z0-9_]{1,200}$"
"""The card provider's token of a card, never the card's number."""


@dataclass(frozen=True)
class Allowed:
    """Annotates a text: it must match `pattern`, which `words` say to people.

    The words complete "must be …", in errors, and describe the type in JSON schemas.
    """

    pattern: str
    words: str

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        """What `source` allows, if it also matches the pattern."""
        matching = core_schema.custom_error_schema(
            core_schema.str_schema(pattern=self.pattern),
            "not_allowed",
            custom_error_message=f"must be {self.words}",
        )
        return core_schema.chain_schema([handler(source), matching])

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """With the pattern for programs, and the words for people."""
        words = f"{self.words[:1].upper()}{self.words[1:]}."
        return handler(schema) | {"pattern": self.pattern, "description": words}


def _one_line(text: str) -> str:
    if not text.strip() or any(unicodedata.category(c) in _CONTROLS for c in text):
        message = "must be one line of text without control characters"
        raise ValueError(message)
    return text


_CONTROLS = {"Cc", "Zl", "Zp"}
"""Unicode's control characters, and its line and paragraph separators."""

OneLine = AfterValidator(_one_line)


def _no_card_number(text: str) -> str:
    if looks_like_a_card_number(text, uuids_pass=True):
        message = "looks like a card number"
        raise ValueError(message)
    return text


NoCardNumber = AfterValidator(_no_card_number)
"""The API refuses card numbers, but a client of Temporal could send one past the API.

UUIDs pass here: an order's own id must never be refused.
"""

Identifier = Annotated[
    str,
    Allowed(
        r"^[a-z0-9][a-z0-9_-]{0,63}$",
        "1 to 64 lowercase letters, digits, hyphens and underscores, a letter or digit first",
    ),
    NoCardNumber,
]
Reference = Annotated[str, Field(min_length=1, max_length=200), OneLine, NoCardNumber]
RefundReference = Annotated[
    str,
    Allowed(
        r"^[A-Za-z0-9][A-Za-z0-9._:-]{0,49}$",
        "1 to 50 letters, digits, dots, colons, hyphens and underscores, a letter or digit first",
    ),
    NoCardNumber,
]
"""Part of a URL and of the keys of events and transfers, whose length is limited."""

StoredRefundReference = Annotated[
    str,
    Allowed(
        r"^[A-Za-z0-9_][A-Za-z0-9._:-]{0,99}$",
        "1 to 100 letters, digits, dots, colons, hyphens and underscores, the first of them "
        "a letter, a digit or an underscore",
    ),
]
"""Also that of a refund which no operator requested: `_undo`, or the card provider's id."""

PaymentMethod = Annotated[
    str,
    Allowed(PAYMENT_METHOD, "a token of the card provider, such as pm_card_visa"),
    NoCardNumber,
]
Currency = Annotated[str, Allowed(r"^[A-Z]{3}$", "a currency code of ISO 4217, such as EUR")]

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_LONGEST_LOCAL_PART = 64


def _deliverable(address: str) -> str:
    """Mail libraries decode an encoded word (RFC 2047), also where the RFC allows none."""
    if "=?" in address or len(address.partition("@")[0]) > _LONGEST_LOCAL_PART:
        message = "must be an address that mail can be sent to"
        raise ValueError(message)
    return address


Email = Annotated[
    str,
    Field(max_length=254),
    Allowed(
        rf"^{_ATOM}(?:\.{_ATOM})*@{_LABEL}(?:\.{_LABEL})*$",
        "an e-mail address, such as kermit@example.com",
    ),
    AfterValidator(_deliverable),
    NoCardNumber,
]
"""An address as SMTP takes it: a dot-string and a domain (RFC 5321, 4.1.2), in ASCII."""
