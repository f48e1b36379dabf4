"""What goes into and comes out of the workflows: inputs, results, signals, updates."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Self

from pydantic import BaseModel, ConfigDict

from domain.customer import Card
from domain.money import Cents
from domain.names import CancellationReason, OrderPolicy, OrderStatus
from domain.order import OrderLine
from domain.waiting import PaymentTerms


class Message(BaseModel):
    """A message that nobody changes on its way."""

    model_config = ConfigDict(frozen=True)


class Backoff(Message):
    """How faults of the outside world are retried: without end, ever more slowly."""

    first: timedelta = timedelta(seconds=1)
    factor: float = 2.0
    longest: timedelta = timedelta(minutes=1)


class Agreement(Message):
    """The settings an order or payment began under; it keeps them when the settings change."""

    terms: PaymentTerms = PaymentTerms()
    backoff: Backoff = Backoff()


class OrderInput(Message):
    """Place order: the lines are priced already."""

    order_id: str
    placed_at: datetime
    customer_id: str
    policy: OrderPolicy
    lines: tuple[OrderLine, ...]
    currency: str
    agreement: Agreement = Agreement()


class OrderResult(Message):
    """How the order ended; `reason` if it was not fulfilled."""

    status: OrderStatus
    reason: CancellationReason | None


class PaymentInput(Message):
    """Request payment of `amount` cents; `reference` tells the customer what for."""

    payment_id: str
    reference: str
    customer_id: str
    amount: Cents
    currency: str
    agreement: Agreement = Agreement()

    @classmethod
    def for_order(cls, order: OrderInput) -> Self:
        """The payment of an order has the order's id and total."""
        return cls(
            payment_id=order.order_id,
            reference=order.order_id,
            customer_id=order.customer_id,
            amount=sum(line.quantity * line.price for line in order.lines),
            currency=order.currency,
            agreement=order.agreement,
        )


class PaymentOutcome(StrEnum):
    """The two ends of a payment; they exclude each other."""

    RECEIVED = "received"
    CANCELED = "canceled"


class PaymentResult(Message):
    """The one thing a payment's client gets to hear: its outcome, and when that was."""

    outcome: PaymentOutcome
    at: datetime


class CardDetailsUpdated(Message):
    """Signal: the customer gave another card, by the card provider's token."""

    payment_method: str


class RefundInput(Message):
    """Give back what is held of a payment that was received."""

    payment_id: str
    at: datetime
    agreement: Agreement = Agreement()


class CardUpdateInput(Message):
    """A customer's new card, by the card provider's token."""

    customer_id: str
    payment_method: str
    backoff: Backoff = Backoff()


class CardUpdateResult(Message):
    """The card as it may be shown, and the open payments that were told of it."""

    card: Card
    payments: tuple[str, ...]
