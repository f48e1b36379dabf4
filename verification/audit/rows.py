"""The rows of our own tables, as plain data; amounts in cents, moments in UTC."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated

from pydantic import AfterValidator

from verification.audit.shared_values import Data, MailText, Text, same

FINAL_ORDERS = {"fulfilled", "not_fulfilled"}
HARMLESS_DISPUTES = {"won", "warning_closed", "prevented", "not_actionable"}
UNDER_WAY = {"requested", "pending"}
OPEN_PAYMENTS = {"requested", "partly_covered", "charging", "awaiting_card"}


@dataclass(frozen=True, slots=True)
class Customer:
    """A customer: the recipient of mails."""

    id: Text
    name: Text
    email: Text


@dataclass(frozen=True, slots=True)
class Account:
    """An account of the ledger."""

    id: Text
    currency: Text
    balance: int
    overdraft: bool


@dataclass(frozen=True, slots=True)
class Transfer:
    """A transfer from one account to another."""

    id: Text
    debit_account: Text
    credit_account: Text
    amount: int
    currency: Text


@dataclass(frozen=True, slots=True)
class Product:
    """A product: pieces in stock, and all pieces ever supplied."""

    sku: Text
    stock: int
    supplied: int


@dataclass(frozen=True, slots=True)
class Reservation:
    """Pieces of a product that an order took: reserved, shipped or returned."""

    order_id: Text
    sku: Text
    quantity: int
    status: Text


@dataclass(frozen=True, slots=True)
class Line:
    """A line of an order."""

    sku: Text
    name: Text
    quantity: int
    price: int


@dataclass(frozen=True, slots=True)
class Shipment:
    """The shipment in an order's row; its status is booked or recalled."""

    id: Text
    tracking_number: Text
    status: Text


@dataclass(frozen=True, slots=True)
class Order:
    """An order's row."""

    id: Text
    customer_id: Text
    policy: Text
    steps: tuple[str, ...] | None
    status: Text
    reason: Text | None
    lines: tuple[Line, ...]
    total: int
    currency: Text
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

    code: Text
    message: Text
    decline_code: Text | None = None
    advice_code: Text | None = None


@dataclass(frozen=True, slots=True)
class Payment:
    """A payment's row."""

    id: Text
    reference: Text
    customer_id: Text
    status: Text
    amount: int
    withdrawn: int
    charged: int
    refunded: int
    currency: Text
    terms: Annotated[Terms, AfterValidator(same)]
    failure: Annotated[Failure | None, AfterValidator(same)]
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

    payment_id: Text
    attempt: int
    amount: int
    currency: Text
    payment_method: Text | None
    charge_id: Text | None
    failure: Annotated[Failure | None, AfterValidator(same)]
    on_session: bool | None = None
    """None if a release without saved cards began it."""
    fingerprint: Text | None = None
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

    payment_id: Text
    attempt: int
    open_id: Text


@dataclass(frozen=True, slots=True)
class Dispute:
    """A dispute or early fraud warning; without a `payment_id` it is of no charge of ours."""

    id: Text
    kind: Text
    payment_id: Text | None
    amount: int | None
    currency: Text | None
    reason: Text | None
    status: Text

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

    payment_id: Text
    reference: Text
    reason: Text
    amount: int
    to_card: int
    to_account: int
    status: Text
    provider_id: Text | None
    recorded: bool
    credited: bool
    replaced_by: Text | None

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

    stream: Text
    sequence: int
    type: Text
    at: datetime
    data: Data


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail in our outbox."""

    id: str
    customer_id: Text
    subject: Text
    text: MailText
    sent_at: datetime | None
    refused_at: datetime | None
    obsolete_at: datetime | None = None
    reason: Text | None = None
