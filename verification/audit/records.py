"""Records of the card provider, the carrier, the mailbox, Temporal and clients, as plain data.

Amounts are in cents.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Annotated, Any, NamedTuple

from pydantic import AfterValidator, PlainValidator

from verification.audit.shared_values import Names, Text, digest

AUTHENTICATION_MISSING = {"authentication_required", "payment_intent_authentication_failure"}
"""Stripe's decline codes of a charge that succeeds once the customer authenticates it."""

_LINK = re.compile(
    r"\n\n(?:Do|Give) it here, without signing in; the link is for this payment only:"
    r"\n\S+/#/update-card/[\w-]+\.(?P<claims>[\w-]+)\.[\w-]+$"
)
"""The link that the mailer adds when it sends a mail that requests a card or a confirmation;
`Give` is of older releases.
"""


@lru_cache
def _only_code(code: str | None) -> Mapping[str, Any]:
    return {"code": code}


PaymentError = Annotated[
    Mapping[str, Any], AfterValidator(lambda error: _only_code(error.get("code")))
]
"""Without its details, among them the whole card, which take more memory than all else."""


@dataclass(frozen=True, slots=True)
class Intent:
    """A PaymentIntent of the card provider."""

    id: Text
    status: Text
    amount: int
    amount_received: int
    amount_capturable: int
    currency: Text
    metadata: Names
    last_payment_error: PaymentError | None = None

    @property
    def can_be_authenticated(self) -> bool:
        """Whether it succeeds if the customer authenticates it."""
        code = (self.last_payment_error or {}).get("code")
        is_declined = self.status == "requires_payment_method"
        return self.status == "requires_action" or (is_declined and code in AUTHENTICATION_MISSING)


@dataclass(frozen=True, slots=True)
class Refund:
    """A refund of the card provider."""

    id: Text
    status: Text
    amount: int
    payment_intent: Text
    metadata: Names


@dataclass(frozen=True, slots=True)
class Dispute:
    """A dispute of the card provider, or an early fraud warning, which has no `status`."""

    id: Text
    payment_intent: Text | None = None
    status: Text | None = None


@dataclass(frozen=True, slots=True)
class Parcel:
    """Pieces of one product in a shipment."""

    sku: Text
    quantity: int


@dataclass(frozen=True, slots=True)
class Consignment:
    """A shipment in the carrier's records; `reference` is the order's id."""

    id: Text
    tracking_number: Text
    status: Text
    reference: Text
    customer: Text
    lines: tuple[Parcel, ...]


class SentText(NamedTuple):
    """The digest of a mail's text without the link that was added, and the claims of that link."""

    text: bytes
    claims: str | None


def sent_text(sent: object) -> SentText:
    """What a message says; raises `ValueError` if that is no text."""
    if not isinstance(sent, str):
        message = f"must be a text, not {type(sent).__name__}"
        raise ValueError(message)  # noqa: TRY004  pydantic names the record only for this one
    text = sent.strip()
    link = _LINK.search(text)
    claims = link["claims"] if link else None
    return SentText(digest(text[: link.start()] if link else text), claims)


@dataclass(frozen=True, slots=True)
class Message:
    """A mail in a mailbox; `id` is its Message-ID."""

    id: str
    to: Text
    subject: Text
    text: Annotated[SentText, PlainValidator(sent_text)]


@dataclass(frozen=True, slots=True)
class Execution:
    """A workflow execution in Temporal; `clock` is its own time, if time was skipped.

    `failing` are those of its pending `activities` that have failed many times. `is_deciding` while
    it has a pending workflow task, which a worker should be executing.
    """

    id: Text
    type: Text
    status: Text
    activities: tuple[str, ...] = ()
    children: tuple[str, ...] = ()
    failing: tuple[str, ...] = ()
    is_deciding: bool = False
    cancel_requested: bool = False
    clock: datetime | None = None

    @property
    def is_running(self) -> bool:
        """Whether it has not ended."""
        return self.status == "RUNNING"


@dataclass(frozen=True, slots=True)
class Receipt:
    """A POST that was accepted: its path, idempotency key and body, and the answer."""

    path: Text
    key: Text | None
    body: Mapping[str, Any]
    status: int
    answer: Mapping[str, Any]
