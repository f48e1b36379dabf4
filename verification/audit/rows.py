"""The rows of our own tables, as plain data; amounts in cents, moments in UTC."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

FINAL_ORDERS = {"fulfilled", "not_fulfilled"}
HARMLESS_DISPUTES = {"won", "warning_closed", "prevented", "not_actionable"}
UNDER_WAY = {"requested", "pending"}
OPEN_PAYMENTS = {"requested", "partly_covered", "charging", "awaiting_card"}


@dataclass(frozen=True, slots=True)
class Customer:
    """A customer: the recipient of mails."""

    id: str
    name: str
    email: str


@dataclass(frozen=True, slots=True)
class Account:
    """An account of the ledger."""

    id: str
    currency: str
    balance: int
    overdraft: bool


@dataclass(frozen=True, slots=True)
class Transfer:
    """A transfer from one account to another."""

    id: str
    debit_account: str
    credit_account: str
    amount: int
    currency: str


@dataclass(frozen=True, slots=True)
class Product:
    """A product: pieces in stock, and all pieces ever supplied."""

    sku: str
    stock: int
    supplied: int


@dataclass(frozen=True, slots=True)
class Reservation:
    """Pieces of a product that an order took: reserved, shipped or returned."""

    order_id: str
    sku: str
    quantity: int
    status: str


@dataclass(frozen=True, slots=True)
class Line:
    """A line of an order."""

    sku: str
    name: str
    quantity: int
    price: int


@dataclass(frozen=True, slots=True)
class Shipment:
    """The shipment in an order's row; its status is booked or recalled."""

    id: str
    tracking_number: str
    status: str


@dataclass(frozen=True, slots=True)
class Order:
    """An order's row."""

    id: str
    customer_id: str
    policy: str
    steps: tuple[str, ...] | None
    status: str
    reason: str | None
    lines: tuple[Line, ...]
    total: int
    currency: str
    shipment: Shipment | None
    placed_at: datetime
    updated_at: datetime

    @property
    def is_over(self) -> bool:
        """Whether the status is final."""
        return self.status in FINAL_ORDERS


@dataclass(frozen=True, slots=True)
class Terms:
    """How long a payment waits for a card, and how often it reminds the customer.

    On `card_retry_days` after the first failure, the same card may be tried again.
    """

    waiting_time: timedelta
    reminder_interval: timedelta
    card_retry_days: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a charge was declined; rows of older releases have neither of the last two."""

    code: str
    message: str
    decline_code: str | None = None
    advice_code: str | None = None


@dataclass(frozen=True, slots=True)
class Payment:
    """A payment's row."""

    id: str
    reference: str
    customer_id: str
    status: str
    amount: int
    withdrawn: int
    charged: int
    refunded: int
    currency: str
    terms: Terms
    failure: Failure | None
    waiting_since: datetime | None
    deadline: datetime | None
    reminders_sent: int
    requested_at: datetime
    updated_at: datetime

    @property
    def is_open(self) -> bool:
        """Whether it may still become received or canceled."""
        return self.status in OPEN_PAYMENTS

    @property
    def is_giving_back(self) -> bool:
        """Whether money is held that is to be given back."""
        held = self.withdrawn + self.charged
        return self.status == "refunding" or (self.status == "canceled" and held > 0)


@dataclass(frozen=True, slots=True)
class Charge:
    """An attempt to charge a card; with neither `charge_id` nor `failure` its outcome is open."""

    payment_id: str
    attempt: int
    amount: int
    currency: str
    payment_method: str | None
    charge_id: str | None
    failure: Failure | None
    on_session: bool | None = None
    """None if a release without saved cards began it."""
    fingerprint: str | None = None
    requests_sent: int = 1

    @property
    def is_refused(self) -> bool:
        """Whether the provider refused the request itself, which is repeated until it does not."""
        return self.requests_sent == 0 and not self.is_settled

    @property
    def is_settled(self) -> bool:
        """Whether the outcome is known."""
        return self.charge_id is not None or self.failure is not None


@dataclass(frozen=True, slots=True)
class OpenCharge:
    """A charge whose outcome the card provider has not decided; `open_id` is its PaymentIntent."""

    payment_id: str
    attempt: int
    open_id: str


@dataclass(frozen=True, slots=True)
class Dispute:
    """A dispute or early fraud warning; without a `payment_id` it is of no charge of ours."""

    id: str
    kind: str
    payment_id: str | None
    amount: int | None
    currency: str | None
    reason: str | None
    status: str

    @property
    def is_harmless(self) -> bool:
        """Whether it is closed and has cost nothing."""
        return self.status in HARMLESS_DISPUTES


@dataclass(frozen=True, slots=True)
class PaymentRefund:
    """A refund in our books; `provider_id` is the card provider's.

    It is `recorded` or `credited` once the payment's events say so, or if there is nothing to say:
    a refund that replaces one which failed after its event is recorded from its beginning.
    """

    payment_id: str
    reference: str
    reason: str
    amount: int
    to_card: int
    to_account: int
    status: str
    provider_id: str | None
    recorded: bool
    credited: bool
    replaced_by: str | None

    @property
    def is_under_way(self) -> bool:
        """Whether its workflow is not done with it."""
        return self.status in UNDER_WAY or not self.credited

    @property
    def is_owed(self) -> bool:
        """Whether it waits for an operator."""
        return self.status in {"failed", "refused"} and self.replaced_by is None

    @property
    def workflow(self) -> str:
        """The id of its workflow."""
        whole = self.reason == "order_undone"
        return f"refund/{self.payment_id}" + ("" if whole else f"/{self.reference}")


@dataclass(frozen=True, slots=True)
class Event:
    """A domain event; its stream is `order/<id>` or `payment/<id>`."""

    stream: str
    sequence: int
    type: str
    at: datetime
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail in our outbox."""

    id: str
    customer_id: str
    subject: str
    text: str
    sent_at: datetime | None
    refused_at: datetime | None
    obsolete_at: datetime | None = None
    reason: str | None = None
