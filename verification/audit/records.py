"""What others have on record, as plain data; amounts in cents.

The card provider, the carrier, the mailbox, Temporal, and clients.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

FOR_WANT_OF_A_CUSTOMER = {"authentication_required", "payment_intent_authentication_failure"}
"""Why a card is declined that may still pay (Stripe's decline codes)."""


@dataclass(frozen=True)
class Intent:
    """A PaymentIntent of the card provider."""

    id: str
    status: str
    amount: int
    amount_received: int
    amount_capturable: int
    currency: str
    metadata: Mapping[str, str]
    last_payment_error: Mapping[str, Any] | None = None

    @property
    def can_be_authenticated(self) -> bool:
        """Whether its customer may still have it pay."""
        why = (self.last_payment_error or {}).get("code")
        is_declined = self.status == "requires_payment_method"
        return self.status == "requires_action" or (is_declined and why in FOR_WANT_OF_A_CUSTOMER)


@dataclass(frozen=True)
class Refund:
    """A refund of the card provider."""

    id: str
    status: str
    amount: int
    payment_intent: str
    metadata: Mapping[str, str]


@dataclass(frozen=True)
class Parcel:
    """So many pieces of one product with the carrier."""

    sku: str
    quantity: int


@dataclass(frozen=True)
class Consignment:
    """A shipment as the carrier has it; `reference` is the order's id."""

    id: str
    tracking_number: str
    status: str
    reference: str
    customer: str
    lines: tuple[Parcel, ...]


@dataclass(frozen=True)
class Message:
    """A mail as the mailbox has it; `id` is its Message-ID."""

    id: str
    to: str
    subject: str
    text: str


@dataclass(frozen=True)
class Execution:
    """A workflow as Temporal has it; `clock` is its own, where time was skipped.

    `is_deciding` while it has a workflow task, which some worker should be carrying out.
    """

    id: str
    type: str
    status: str
    activities: tuple[str, ...] = ()
    children: tuple[str, ...] = ()
    is_deciding: bool = False
    cancel_requested: bool = False
    clock: datetime | None = None

    @property
    def is_running(self) -> bool:
        """Whether it has not ended."""
        return self.status == "RUNNING"


@dataclass(frozen=True)
class Receipt:
    """A POST that was accepted: what was asked under which key, and what the answer was."""

    path: str
    key: str | None
    body: Mapping[str, Any]
    status: int
    answer: Mapping[str, Any]
