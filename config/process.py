"""Settings: how the business process runs."""

from datetime import timedelta
from typing import Annotated, Self

from pydantic import BeforeValidator, Field, model_validator
from pydantic_settings import NoDecode

from config.section import Section, split
from domain.money import EXACT_CURRENCIES
from domain.waiting_period import CardRetryDays


class Process(Section):
    """The currency, the terms of payments, retries, and what is for development."""

    currency: Annotated[str, Field(pattern="^[A-Z]{3}$")] = "EUR"
    """The installation's currency, ISO 4217; the card provider must take all its minor units."""

    payment_waiting_time: timedelta = timedelta(weeks=2)
    """Time from the first CreditCardFailed to PaymentCanceled; ISO 8601 (`P14D`) or seconds."""

    reminder_interval: timedelta = timedelta(days=2)
    """Time between two reminders; ISO 8601 (`P2D`) or seconds."""

    card_retry_days: Annotated[CardRetryDays, NoDecode, BeforeValidator(split)] = ()
    """Days after the first CreditCardFailed on which the same card is tried again: `3,7,11`."""

    retry_first: timedelta = timedelta(seconds=1)
    """Pause before the first retry of an unavailable external service; each retry doubles it."""

    retry_longest: timedelta = timedelta(minutes=1)
    """Longest pause between two retries."""

    development_mode: bool = False
    """Enables `/dev`: fast-forwarding a payment's clock, fault injection, the audit."""

    stack_socket: str = ""
    """Unix socket of the worker's supervisor, for `/dev/troubles`; `make run` sets it."""

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
    def _check_retries(self) -> Self:
        if not timedelta(0) < self.retry_first <= self.retry_longest:
            message = (
                f"RETRY_FIRST={self.retry_first} must be positive, and at most "
                f"RETRY_LONGEST={self.retry_longest}."
            )
            raise ValueError(message)
        return self
