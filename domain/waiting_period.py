"""How long a payment waits for a working card, and when it reminds the customer."""

from datetime import datetime, timedelta

from pydantic import BaseModel, ConfigDict, field_validator


class PaymentTerms(BaseModel):
    """What was agreed when the payment was requested; orders under way keep theirs."""

    model_config = ConfigDict(frozen=True)

    waiting_time: timedelta = timedelta(weeks=2)
    reminder_interval: timedelta = timedelta(days=2)

    @field_validator("waiting_time", "reminder_interval")
    @classmethod
    def _positive(cls, value: timedelta) -> timedelta:
        if value <= timedelta(0):
            message = f"must be longer than nothing, not {value}"
            raise ValueError(message)
        return value


class WaitingPeriod(BaseModel):
    """The wait that begins with the first CreditCardFailed; later failures do not move it."""

    model_config = ConfigDict(frozen=True)

    since: datetime
    terms: PaymentTerms

    @property
    def deadline(self) -> datetime:
        """The one absolute moment at which the payment is canceled."""
        return self.since + self.terms.waiting_time

    def reminder_at(self, number: int) -> datetime | None:
        """When the `number`th reminder (from 1) is due; None if that is not before the deadline."""
        due = self.since + number * self.terms.reminder_interval
        return due if due < self.deadline else None
