"""How long a payment waits for a working card, and when it reminds and tries the card again."""

from datetime import datetime, timedelta
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, field_validator


def _increasing(days: tuple[int, ...]) -> tuple[int, ...]:
    if list(days) != sorted({day for day in days if day > 0}):
        message = f"must be days from 1, each later than the one before, not {days}"
        raise ValueError(message)
    return days


CardRetryDays = Annotated[tuple[int, ...], AfterValidator(_increasing)]
"""Days after the first CreditCardFailed on which the same card is tried again."""


class PaymentTerms(BaseModel):
    """The terms when the payment was requested; later changes of the settings do not matter."""

    model_config = ConfigDict(frozen=True)

    waiting_time: timedelta = timedelta(weeks=2)
    reminder_interval: timedelta = timedelta(days=2)
    card_retry_days: CardRetryDays = ()

    @field_validator("waiting_time", "reminder_interval")
    @classmethod
    def _positive(cls, value: timedelta) -> timedelta:
        if value <= timedelta(0):
            message = f"must be positive, not {value}"
            raise ValueError(message)
        return value


class WaitingPeriod(BaseModel):
    """The wait for a working card: it begins with the first CreditCardFailed, at `since`."""

    model_config = ConfigDict(frozen=True)

    since: datetime
    terms: PaymentTerms

    @property
    def deadline(self) -> datetime:
        """When the payment is canceled; further failures do not postpone it."""
        return self.since + self.terms.waiting_time

    def reminder_at(self, number: int) -> datetime | None:
        """When the `number`th reminder, from 1, is due; None if not before the deadline."""
        due = self.since + number * self.terms.reminder_interval
        return due if due < self.deadline else None

    def card_retry_after(self, moment: datetime) -> datetime | None:
        """When the same card is tried again after `moment`; None if not before the deadline."""
        days = (self.since + timedelta(days=day) for day in self.terms.card_retry_days)
        return next((due for due in days if moment < due < self.deadline), None)
