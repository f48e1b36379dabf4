"""Types of ids, texts and tokens, for requests, messages to workflows and the database."""

import unicodedata
from typing import Annotated

from pydantic import AfterValidator, Field

from domain.card_numbers import looks_like_a_card_number

PAYMENT_METHOD = r"^pm_[A-Za-z0-9_]{1,200}$"
"""The card provider's token of a card, never the card's number."""


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

Identifier = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$"), NoCardNumber]
Reference = Annotated[str, Field(min_length=1, max_length=200), OneLine, NoCardNumber]
RefundReference = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:-]{0,49}$"), NoCardNumber]
"""Part of a URL and of the keys of events and transfers, whose length is limited."""

StoredRefundReference = Annotated[str, Field(pattern=r"^[A-Za-z0-9_][A-Za-z0-9._:-]{0,99}$")]
"""Also that of a refund which no operator requested: `_undo`, or the card provider's id."""

PaymentMethod = Annotated[str, Field(pattern=PAYMENT_METHOD), NoCardNumber]
Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]

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
    Field(max_length=254, pattern=rf"^{_ATOM}(?:\.{_ATOM})*@{_LABEL}(?:\.{_LABEL})*$"),
    AfterValidator(_deliverable),
    NoCardNumber,
]
"""An address as SMTP takes it: a dot-string and a domain (RFC 5321, 4.1.2), in ASCII."""
