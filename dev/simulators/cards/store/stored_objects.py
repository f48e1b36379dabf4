"""The rows: amounts in minor units, times in seconds since 1970."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from dev.simulators.cards.declines import Decline

Status = Literal[
    "succeeded", "requires_payment_method", "requires_action", "processing", "canceled"
]

AUTHENTICATION_CODES = frozenset(
    {"authentication_required", "payment_intent_authentication_failure"}
)
"""Of failures before which no bank was asked: there is no charge."""


@dataclass(frozen=True)
class Customer:
    """A customer of the account."""

    seq: int
    id: str
    created: int
    email: str | None
    name: str | None
    description: str | None
    metadata: Mapping[str, str]


@dataclass(frozen=True)
class PaymentMethod:
    """A card; `token` is the test token that it was made with.

    `spent`: it may not be used again unless it is attached. `set_up`: it was saved by a payment.
    `declines` is the decline code of every further charge, if a switch set one.
    """

    seq: int
    id: str
    created: int
    token: str
    customer: str | None
    spent: bool
    set_up: bool
    declines: str | None
    metadata: Mapping[str, str]


@dataclass(frozen=True)
class Intent:
    """A PaymentIntent, confirmed. `failure` is the reason of the last decline."""

    seq: int
    id: str
    created: int
    amount: int
    currency: str
    payment_method: str
    status: str
    charge: str
    metadata: Mapping[str, str]
    failure: Decline | None
    customer: str | None
    setup_future_usage: str | None
    cancellation_reason: str | None

    @property
    def awaits_authentication(self) -> bool:
        """Whether the customer can authenticate it (3-D Secure)."""
        if self.status == "requires_action":
            return True
        is_declined = self.status == "requires_payment_method" and self.failure is not None
        return is_declined and self.failure_code in AUTHENTICATION_CODES

    @property
    def failure_code(self) -> str | None:
        """The error code of the last decline."""
        return self.failure.code if self.failure else None

    @property
    def is_charged(self) -> bool:
        """Whether a bank was asked, so that there is a charge."""
        if self.status in {"succeeded", "processing"}:
            return True
        return self.failure is not None and self.failure_code not in AUTHENTICATION_CODES


@dataclass(frozen=True)
class Refund:
    """A refund of an intent's charge."""

    seq: int
    id: str
    created: int
    amount: int
    intent: str
    reason: str | None
    metadata: Mapping[str, str]
    status: str
    failure_reason: str | None


@dataclass(frozen=True)
class Dispute:
    """A dispute of an intent's charge."""

    seq: int
    id: str
    created: int
    amount: int
    intent: str
    reason: str
    status: str

    @property
    def is_charge_refundable(self) -> bool:
        """An inquiry took no money yet; a dispute that was won took none for good."""
        return self.status.startswith("warning_") or self.status == "won"


@dataclass(frozen=True)
class FraudWarning:
    """An early fraud warning about an intent's charge."""

    seq: int
    id: str
    created: int
    intent: str
    fraud_type: str


@dataclass(frozen=True)
class Filter:
    """A condition on the rows of a listing, and its values."""

    condition: str
    values: Sequence[object] = ()
