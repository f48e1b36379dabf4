"""A payment: its amounts and status, and how each event changes it (slides 15-21)."""

from datetime import datetime
from typing import assert_never

from pydantic import BaseModel, ConfigDict

from domain import declines
from domain.events import (
    AmountCredited,
    AmountWithdrawn,
    CreditCardCharged,
    CreditCardDetailsUpdated,
    CreditCardFailed,
    CreditCardRefunded,
    CustomerReminded,
    PaymentCanceled,
    PaymentPartlyCovered,
    PaymentReceived,
    PaymentRequested,
)
from domain.money import Cents
from domain.statuses import PaymentStatus
from domain.waiting_period import PaymentTerms, WaitingPeriod

PaymentEvent = (
    PaymentRequested
    | AmountWithdrawn
    | PaymentPartlyCovered
    | CreditCardCharged
    | CreditCardFailed
    | CreditCardDetailsUpdated
    | CustomerReminded
    | PaymentReceived
    | PaymentCanceled
    | AmountCredited
    | CreditCardRefunded
)
RefundEvent = AmountCredited | CreditCardRefunded


class PaymentFailure(BaseModel):
    """Why a charge failed; `message` is for the customer.

    `code` is the card provider's error code, `decline_code` the reason and `advice_code` the
    issuer's advice, both as in `domain.declines`. Older releases kept neither of the two.
    """

    model_config = ConfigDict(frozen=True)

    code: str
    message: str
    decline_code: str | None = None
    advice_code: str | None = None

    @property
    def is_hard(self) -> bool:
        """Whether the card must never be charged again."""
        return declines.is_hard(self.code, self.decline_code, self.advice_code)

    @property
    def needs_authentication(self) -> bool:
        """Whether the customer can still authenticate the charge (3-D Secure)."""
        return bool({self.code, self.decline_code} & declines.AUTHENTICATION_CODES)

    @property
    def words_for_customer(self) -> str | None:
        """Why the card was declined; never a confidential reason. None if there was no card."""
        if self.code == declines.NO_CARD:
            return None
        return declines.sentence(self.code, self.decline_code, self.message)

    def failed(self, at: datetime) -> CreditCardFailed:
        """The event that the card did not pay."""
        return CreditCardFailed(at=at, **self.model_dump())

    def public(self) -> "PaymentFailure":
        """As customers may see it: without a confidential reason."""
        decline_code = declines.public_code(self.decline_code)
        if decline_code == self.decline_code:
            return self
        return self.model_copy(update={"decline_code": decline_code, "advice_code": None})


class Payment(BaseModel):
    """The state of a payment after its events; amounts in cents.

    `withdrawn` and `charged` are what the customer has paid at present, from their account and by
    card. `refunded` is what they got back after PaymentReceived.
    """

    model_config = ConfigDict(frozen=True)

    id: str
    reference: str
    customer_id: str
    amount: Cents
    currency: str
    terms: PaymentTerms
    status: PaymentStatus = PaymentStatus.REQUESTED
    withdrawn: Cents = 0
    charged: Cents = 0
    refunded: Cents = 0
    failure: PaymentFailure | None = None
    waiting_since: datetime | None = None
    reminders_sent: int = 0
    requested_at: datetime
    updated_at: datetime

    @property
    def rest(self) -> int:
        """The amount due, in cents."""
        return self.amount - self.withdrawn - self.charged

    @property
    def needs_authentication(self) -> bool:
        """Whether it waits for its customer to authenticate a charge, or for another card."""
        is_waiting = self.status is PaymentStatus.AWAITING_CARD
        return is_waiting and self.failure is not None and self.failure.needs_authentication

    @property
    def deadline(self) -> datetime | None:
        """When an open payment whose card failed is canceled; None before its first failure."""
        waiting = self._waiting
        return waiting.deadline if waiting else None

    @property
    def next_reminder_at(self) -> datetime | None:
        """When the customer is reminded next; None if there is no further reminder."""
        waiting = self._waiting
        return waiting.reminder_at(self.reminders_sent + 1) if waiting else None

    @property
    def _waiting(self) -> WaitingPeriod | None:
        if self.waiting_since is None or not self.status.is_open:
            return None
        return WaitingPeriod(since=self.waiting_since, terms=self.terms)

    def after(self, event: PaymentEvent) -> "Payment":
        """The payment after `event`."""
        changes = {"updated_at": event.at} | self._changes(event)
        return Payment.model_validate(self.__dict__ | changes)

    def charging(self) -> "Payment":
        """The payment while its card is charged; no event marks that state."""
        return self.model_copy(update={"status": PaymentStatus.CHARGING})

    def refunding(self) -> "Payment":
        """The payment while it is refunded; no event marks that state."""
        return self.model_copy(update={"status": PaymentStatus.REFUNDING})

    def received(self) -> "Payment":
        """The payment after a part was refunded; no event marks that the refund is over."""
        return self.model_copy(update={"status": PaymentStatus.RECEIVED})

    def _changes(self, event: PaymentEvent) -> dict[str, object]:  # noqa: C901, PLR0911  a case per event
        match event:
            case PaymentRequested():
                return {}
            case AmountWithdrawn():
                return {"withdrawn": self.withdrawn + event.amount}
            case PaymentPartlyCovered():
                return {"status": PaymentStatus.PARTLY_COVERED}
            case CreditCardCharged():
                return {"charged": self.charged + event.amount, "failure": None}
            case CreditCardFailed():
                return {
                    "status": PaymentStatus.AWAITING_CARD,
                    "failure": PaymentFailure.model_validate(event, from_attributes=True),
                    "waiting_since": self.waiting_since or event.at,
                }
            case CreditCardDetailsUpdated():
                return {"status": PaymentStatus.CHARGING}
            case CustomerReminded():
                return {"reminders_sent": event.reminder}
            case PaymentReceived():
                return {"status": PaymentStatus.RECEIVED}
            case PaymentCanceled():
                return {"status": PaymentStatus.CANCELED}
            case AmountCredited():
                return self._refund("withdrawn", event.amount)
            case CreditCardRefunded():
                return self._refund("charged", event.amount)
            case _:
                assert_never(event)

    def _refund(self, held: str, amount: int) -> dict[str, object]:
        """A refund of a part does not begin a refund of the rest."""
        left = self.withdrawn + self.charged - amount
        changes: dict[str, object] = {held: getattr(self, held) - amount}
        if self.status is PaymentStatus.CANCELED:
            return changes
        status = self.status if left else PaymentStatus.REFUNDED
        return changes | {"refunded": self.refunded + amount, "status": status}
