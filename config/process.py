"""Settings: how the business process runs."""

from datetime import timedelta
from typing import Annotated, Self

from pydantic import BeforeValidator, Field, model_validator
from pydantic_settings import NoDecode

from config.section import Duration, Section, Text, iso_8601, split
from domain.money import EXACT_CURRENCIES
from domain.waiting_period import CardRetryDays

MOST_REMINDERS = 30
"""Per payment; a customer who gets more of them blocks the sender."""


class Process(Section):
    """The currency, the terms of payments, retries, and what is for development."""

    currency: Annotated[
        str, Field(pattern="^[A-Z]{3}$", description="a code of ISO 4217, such as EUR")
    ] = "EUR"
    """The installation's currency, ISO 4217; the card provider must take all its minor units."""

    payment_waiting_time: Annotated[
        Duration, Field(ge=timedelta(hours=2), le=timedelta(days=365))
    ] = timedelta(weeks=2)
    """Time from the first CreditCardFailed to PaymentCanceled; ISO 8601 (`P14D`) or seconds."""

    reminder_interval: Annotated[Duration, Field(ge=timedelta(hours=1), le=timedelta(days=90))] = (
        timedelta(days=2)
    )
    """Time between two reminders; ISO 8601 (`P2D`) or seconds. Shorter than the waiting time, of
    which it makes at most `MOST_REMINDERS`.
    """

    card_retry_days: Annotated[
        CardRetryDays,
        NoDecode,
        BeforeValidator(split),
        Field(description="days from 1, separated by commas, each later than the one before: 3,7"),
    ] = ()
    """Days after the first CreditCardFailed on which the same card is tried again: `3,7,11`."""

    retry_first: Annotated[Duration, Field(ge=timedelta(seconds=0.1), le=timedelta(hours=1))] = (
        timedelta(seconds=1)
    )
    """Pause before the first retry of an unavailable external service; each retry doubles it."""

    retry_longest: Annotated[Duration, Field(ge=timedelta(seconds=0.1), le=timedelta(hours=1))] = (
        timedelta(minutes=1)
    )
    """Longest pause between two retries."""

    mail_give_up_time: Annotated[Duration, Field(ge=timedelta(days=1), le=timedelta(days=30))] = (
        timedelta(days=5)
    )
    """How long a mail is tried that the mail server puts off again and again; ISO 8601 (`P5D`) or
    seconds. At least 4 to 5 days are usual (RFC 5321, 4.5.4.1).
    """

    development_mode: bool = False
    """Enables `/dev`: fast-forwarding a payment's clock, faults, the audit, the event chain."""

    step_pause_seconds: Annotated[float, Field(ge=0, le=3, allow_inf_nan=False)] = 0.0
    """Slow motion: how much later each activity begins; in development mode only."""

    stack_socket: Text = ""
    """Unix socket of supervisor, for faults and the event chain; `make run` sets it."""

    @model_validator(mode="after")
    def _check_currency(self) -> Self:
        if self.currency not in EXACT_CURRENCIES:
            message = (
                f"CURRENCY={self.currency} can't be used: the card provider does not know it, or "
                "does not take every amount of its minor units."
            )
            raise ValueError(message)
        return self

    @model_validator(mode="after")
    def _check_slow_motion(self) -> Self:
        if self.step_pause_seconds and not self.development_mode:
            message = (
                f"STEP_PAUSE_SECONDS={self.step_pause_seconds:g} must be 0, or DEVELOPMENT_MODE "
                "true: slow motion is for development only."
            )
            raise ValueError(message)
        return self

    @model_validator(mode="after")
    def _check_retries(self) -> Self:
        if self.retry_first > self.retry_longest:
            message = (
                f"RETRY_FIRST={iso_8601(self.retry_first)} must be at most "
                f"RETRY_LONGEST={iso_8601(self.retry_longest)}."
            )
            raise ValueError(message)
        return self

    @model_validator(mode="after")
    def _check_waiting_period(self) -> Self:
        waiting, interval = self.payment_waiting_time, self.reminder_interval
        if not waiting / MOST_REMINDERS <= interval < waiting:
            message = (
                f"REMINDER_INTERVAL={iso_8601(interval)} must be shorter than "
                f"PAYMENT_WAITING_TIME={iso_8601(waiting)}, and at least a {MOST_REMINDERS}th of "
                "it: nobody gets more reminders."
            )
            raise ValueError(message)
        if self.card_retry_days and self.card_retry_days[-1] >= waiting / timedelta(days=1):
            message = (
                f"CARD_RETRY_DAYS={','.join(map(str, self.card_retry_days))} must end before "
                f"PAYMENT_WAITING_TIME={iso_8601(waiting)}."
            )
            raise ValueError(message)
        return self
