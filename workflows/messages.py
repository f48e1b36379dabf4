"""What goes into and comes out of the workflows: inputs, results, signals, updates.

Anyone with access to Temporal can send them without the API's checks, so each message validates
its own fields. Unknown fields are ignored: a worker accepts messages of the next release's API.
"""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from domain.customer import Card
from domain.field_types import (
    Currency,
    Identifier,
    NoCardNumber,
    PaymentMethod,
    Reference,
    RefundReference,
    StoredRefundReference,
)
from domain.money import MAX_CENTS, Cents, PositiveCents
from domain.order import SEQUENCES_OF_OLDER_ORDERS, Order, OrderLine
from domain.payment import Payment
from domain.statuses import CancellationReason, OrderPolicy, OrderStatus, OrderStep
from domain.waiting_period import PaymentTerms


class Message(BaseModel):
    """An immutable message. Validation errors are logged without the invalid value."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)


class Backoff(Message):
    """How faults of the outside world are retried: without end, ever more slowly."""

    first: Annotated[timedelta, Field(gt=timedelta(0))] = timedelta(seconds=1)
    factor: Annotated[float, Field(ge=1, allow_inf_nan=False)] = 2.0
    longest: timedelta = timedelta(minutes=1)

    @model_validator(mode="after")
    def _ever_more_slowly(self) -> Self:
        if self.longest < self.first:
            message = f"the longest pause, {self.longest}, is shorter than the first, {self.first}"
            raise ValueError(message)
        return self


class TermsSnapshot(Message):
    """The settings an order or payment began under; it keeps them when the settings change."""

    terms: PaymentTerms = PaymentTerms()
    backoff: Backoff = Backoff()
    public_url: Annotated[str, NoCardNumber] = ""
    """Base URL of the order's page; empty for orders older than this field."""
    spares_history: bool = False
    """Whether search attributes are written only for waits, and only if they change; False for
    orders older than this field.
    """


class OrderInput(Message):
    """Place order: the lines are priced already."""

    order_id: Identifier
    placed_at: AwareDatetime
    customer_id: Identifier
    policy: OrderPolicy
    steps: tuple[OrderStep, ...] | None = None
    """Its policy's sequence at the time it was placed; None for orders older than this field."""
    lines: Annotated[tuple[OrderLine, ...], Field(min_length=1)]
    currency: Currency
    agreement: TermsSnapshot = TermsSnapshot()

    @classmethod
    def of(cls, order: Order, agreement: TermsSnapshot) -> Self:
        """The command that places this order, in its policy's sequence of today."""
        return cls(
            order_id=order.id,
            placed_at=order.placed_at,
            customer_id=order.customer_id,
            policy=order.policy,
            steps=order.steps,
            lines=order.lines,
            currency=order.currency,
            agreement=agreement,
        )

    def placed(self) -> Order:
        """The order, of which nothing is done yet."""
        return Order(
            id=self.order_id,
            customer_id=self.customer_id,
            policy=self.policy,
            steps=self.steps,
            lines=self.lines,
            currency=self.currency,
            placed_at=self.placed_at,
            updated_at=self.placed_at,
        )

    @property
    def sequence(self) -> tuple[OrderStep, ...]:
        """What is done after what."""
        return self.steps or SEQUENCES_OF_OLDER_ORDERS[self.policy]

    @property
    def total(self) -> int:
        """In cents."""
        return sum(line.quantity * line.price for line in self.lines)

    @model_validator(mode="after")
    def _has_each_step_once(self) -> Self:
        if self.steps is None:
            return self
        # A literal: a step that is added later is not in the orders that are under way by then.
        required = {OrderStep.PAYMENT, OrderStep.GOODS, OrderStep.SHIPMENT}
        if len(set(self.steps)) != len(self.steps) or not required <= set(self.steps):
            message = f"must be payment, goods and shipment once each, not {', '.join(self.steps)}"
            raise ValueError(message)
        return self

    @model_validator(mode="after")
    def _can_be_paid(self) -> Self:
        if self.total > MAX_CENTS:
            message = f"must not cost more than {MAX_CENTS} cents, not {self.total}"
            raise ValueError(message)
        return self


class OrderResult(Message):
    """How the order ended; `reason` if it was not fulfilled."""

    status: OrderStatus
    reason: CancellationReason | None


class PaymentInput(Message):
    """Request payment of `amount` cents; `reference` tells the customer what for."""

    payment_id: Identifier
    reference: Reference
    customer_id: Identifier
    amount: Cents
    currency: Currency
    agreement: TermsSnapshot = TermsSnapshot()

    @classmethod
    def of(cls, payment: Payment, agreement: TermsSnapshot) -> Self:
        """The command that requests this payment."""
        return cls(
            payment_id=payment.id,
            reference=payment.reference,
            customer_id=payment.customer_id,
            amount=payment.amount,
            currency=payment.currency,
            agreement=agreement,
        )

    @classmethod
    def for_order(cls, order: OrderInput) -> Self:
        """The payment of an order has the order's id and total."""
        return cls(
            payment_id=order.order_id,
            reference=order.order_id,
            customer_id=order.customer_id,
            amount=order.total,
            currency=order.currency,
            agreement=order.agreement,
        )

    def requested(self, at: datetime) -> Payment:
        """The payment, requested at that moment, of which nothing is held yet."""
        return Payment(
            id=self.payment_id,
            reference=self.reference,
            customer_id=self.customer_id,
            amount=self.amount,
            currency=self.currency,
            terms=self.agreement.terms,
            requested_at=at,
            updated_at=at,
        )


class PaymentOutcome(StrEnum):
    """The two ends of a payment; they exclude each other."""

    RECEIVED = "received"
    CANCELED = "canceled"


class PaymentResult(Message):
    """The payment's only result: its outcome, and when that was."""

    outcome: PaymentOutcome
    at: AwareDatetime


class CardDetailsUpdated(Message):
    """Signal: the customer gave another card, by the card provider's token."""

    payment_method: PaymentMethod


class ChargeSettled(Message):
    """Signal: the card provider reports that an open charge has an outcome."""

    attempt: Annotated[int, Field(ge=1)]


class RefundPart(Message):
    """Give back `amount` cents; `reference` identifies the refund within its payment.

    `replaces` is the reference of the one that could not give them back, None from older releases.
    """

    reference: RefundReference
    amount: PositiveCents
    replaces: StoredRefundReference | None = None


class RefundInput(Message):
    """Give back a part of a payment, or all that is held; its row may not exist yet then."""

    payment: PaymentInput
    at: AwareDatetime
    part: RefundPart | None = None


class RefundSettled(Message):
    """Signal: the card provider reports that a pending refund has succeeded or failed."""

    reference: Annotated[str, Field(max_length=200), NoCardNumber]


class CardUpdateProgress(Message):
    """How far the payments are notified of a card, by the card provider's id of it.

    `card` is None if the card that was given is none: the customer's former card is kept then.
    `token` is what stood for the card when it was given, None from older releases.
    """

    payment_method: PaymentMethod
    token: PaymentMethod | None = None
    given_at: AwareDatetime
    card: Card | None
    remaining: tuple[Identifier, ...]
    notified: tuple[Identifier, ...] = ()


class CardUpdateInput(Message):
    """A customer's new card, by the card provider's token."""

    customer_id: Identifier
    payment_method: PaymentMethod
    backoff: Backoff = Backoff()
    joinable: bool = False
    """Whether a newer card is a signal to this update; older releases terminate it instead."""
    progress: CardUpdateProgress | None = None
    """Of the run before this one; None in the first."""


class CardUpdateResult(Message):
    """The card as it may be shown, and the open payments that were notified.

    `payment_method` is the newest token that was given, None from older releases; `card` is None if
    the card provider does not know that token: `kept` is the token of the card on file then, which
    may have been given to the same update.
    """

    card: Card | None
    payments: tuple[str, ...]
    payment_method: PaymentMethod | None = None
    kept: PaymentMethod | None = None
