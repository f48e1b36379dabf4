"""Domain events, by the talk's names: facts, in the past tense, that never change once stored.

An event's name is its class's name; `at` is the moment on its workflow's clock, in UTC.
"""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict

from domain.money import Cents, PositiveCents
from domain.statuses import CancellationReason, OrderPolicy


class DomainEvent(BaseModel):
    """What happened and when; subclasses add details."""

    model_config = ConfigDict(frozen=True)

    at: datetime

    @classmethod
    def name(cls) -> str:
        """The event's type as the talk and the REST contract spell it."""
        return cls.__name__

    def data(self) -> dict[str, Any]:
        """All fields but `at`, as JSON values."""
        return self.model_dump(mode="json", exclude={"at"})


class OrderPlaced(DomainEvent):
    """A customer's order was recorded; `total` in cents."""

    customer_id: str
    policy: OrderPolicy
    total: Cents


class GoodsFetched(DomainEvent):
    """Every line of the order is reserved in the inventory."""


class GoodsUnavailable(DomainEvent):
    """The stock of `sku` does not cover the order; nothing was reserved."""

    sku: str


class GoodsShipped(DomainEvent):
    """The carrier took the goods."""

    shipment_id: str
    tracking_number: str


class OrderFulfilled(DomainEvent):
    """The order was paid, fetched and shipped: its successful end."""


class ShipmentRecalled(DomainEvent):
    """The carrier brings the goods back."""

    shipment_id: str


class GoodsReturned(DomainEvent):
    """The goods of the order are in stock again."""


class OrderNotFulfilled(DomainEvent):
    """The order ended without being fulfilled; all its steps are undone."""

    reason: CancellationReason


class PaymentRequested(DomainEvent):
    """A payment of `amount` cents was requested from a customer."""

    customer_id: str
    reference: str
    amount: Cents


class AmountWithdrawn(DomainEvent):
    """`amount` cents were taken from the customer's account."""

    amount: PositiveCents


class PaymentPartlyCovered(DomainEvent):
    """The account did not cover the amount: `rest` cents are left to charge to the card."""

    rest: PositiveCents


class CreditCardCharged(DomainEvent):
    """The card paid `amount` cents."""

    amount: PositiveCents


class CreditCardFailed(DomainEvent):
    """The card did not pay; `code` is the card provider's error code, or `no_card`.

    See `PaymentFailure`. Events of older releases have neither `decline_code` nor `advice_code`.
    """

    code: str
    message: str
    decline_code: str | None = None
    advice_code: str | None = None


class CreditCardDetailsUpdated(DomainEvent):
    """The customer gave another card."""


class CustomerReminded(DomainEvent):
    """The customer was asked for another card; `reminder` counts from 1."""

    reminder: int


class PaymentReceived(DomainEvent):
    """The whole amount is withdrawn or charged."""


class PaymentCanceled(DomainEvent):
    """The payment ended without the amount."""


class AmountCredited(DomainEvent):
    """`amount` cents went back to the customer's account."""

    amount: PositiveCents


class CreditCardRefunded(DomainEvent):
    """`amount` cents went back to the customer's card; `left` cents of the charge remain.

    `by_hand` marks a refund made in the card provider's dashboard. One that is settled `outside`
    was not given back to the card, but in another way, e.g. by bank transfer.
    """

    amount: PositiveCents
    left: Cents = 0
    by_hand: bool = False
    outside: bool = False
