"""Charge a card, and never charge it twice for one attempt."""

from datetime import datetime, timedelta
from typing import Self

from pydantic import BaseModel
from sqlalchemy import Connection
from temporalio import activity

from activities.clock import ServerClock
from activities.inputs import PaymentStepInput
from domain import declines
from domain.card_numbers import looks_like_a_card_number
from domain.declines import RETRY_LIMITS, Limits
from domain.events import CreditCardCharged
from domain.payment import PaymentFailure
from domain.statuses import Awaited
from gateways.cards import (
    CardProvider,
    Charged,
    ChargeRequest,
    Declined,
    Outcome,
    Pending,
    ProviderRejectedError,
    ProviderUnavailableError,
)
from storage import card_limits, charges, payments
from storage.charges import Charge
from storage.database import Database

NO_CARD = Declined(declines.NO_CARD, declines.sentence(declines.NO_CARD, None))


class ChargeCardInput(PaymentStepInput):
    """Number of the attempt, from 1; without a `payment_method` the customer's card is charged."""

    attempt: int
    payment_method: str | None


class ChargeCardResult(BaseModel):
    """Whether the card paid; if not, since when the payment waits for a working card.

    `awaited` is set while the charge is open: it is who may still decide it. `failure` is for
    people to read.
    """

    charged: bool
    waiting_since: datetime | None
    awaited: Awaited | None = None
    failure: PaymentFailure | None = None

    @classmethod
    def of(cls, tx: Connection, payment_id: str) -> Self:
        """The result as the database has it."""
        payment = payments.find(tx, payment_id)
        found = charges.find_open(tx, payment_id)
        return cls(
            charged=payment.rest == 0,
            waiting_since=payment.waiting_since,
            awaited=found.awaited if found else None,
            failure=_without_secrets(payment.failure) if payment.failure else None,
        )


class ChargeActivities:
    """Charges at the card provider, recorded in the database before and after each request."""

    def __init__(
        self,
        database: Database,
        cards: CardProvider,
        search_lag: timedelta,
        retry_limits: Limits = RETRY_LIMITS,
    ) -> None:
        """`search_lag` is the longest delay of the provider's search."""
        self._database = database
        self._cards = cards
        self._search_lag = search_lag
        self._retry_limits = retry_limits

    @activity.defn
    def charge_card(self, input: ChargeCardInput) -> ChargeCardResult:
        """Charge the card with the amount due: CreditCardCharged or CreditCardFailed.

        A decline is a result, and so is a charge that stays open. An unavailable provider raises
        `ProviderUnavailableError`; the retry then requests the outcome of the same charge. A card
        that was declined hard, or that its network allows no further attempt with, is not requested
        from the provider; raises `UndecidedChargesError` too.
        """
        clock = ServerClock()
        with self._database.write() as tx:
            payments.lock(tx, input.payment_id)
            is_new = charges.find(tx, input.payment_id, input.attempt) is None
            charge = charges.begin(
                tx, input.payment_id, input.attempt, input.payment_method, clock.now()
            )
            is_open = charges.is_open(tx, charge)
            refused = self._refuse(tx, charge, input, clock) if is_new else False
        if not charge.is_settled and not is_open and not refused:
            outcome = self._request_outcome(charge, clock, is_new=is_new)
            self._record(input.at + clock.since_scheduled(), charge, outcome)
        with self._database.read() as tx:
            return ChargeCardResult.of(tx, input.payment_id)

    def _refuse(
        self, tx: Connection, charge: Charge, input: ChargeCardInput, clock: ServerClock
    ) -> bool:
        """Fail a new charge whose card must not be charged; whether it is one."""
        failure = card_limits.find_refusal(tx, charge, clock.now(), self._retry_limits)
        if failure is not None:
            record_failure(tx, input.at + clock.since_scheduled(), charge, failure)
        return failure is not None

    def _request_outcome(self, charge: Charge, clock: ServerClock, *, is_new: bool) -> Outcome:
        """Request the charge under its key, or look it up once the key is expired or exhausted.

        `is_new` means that no request was sent under the key before. Only then a rejection is
        final: otherwise an earlier request, whose response was lost, may have taken the money.
        """
        if charge.payment_method is None:
            return NO_CARD
        if clock.now() < charge.key_until:
            try:
                return self._cards.charge(_request(charge, charge.payment_method))
            except ProviderRejectedError:
                if is_new:
                    raise
            except ProviderUnavailableError as fault:
                if not fault.key_exhausted:
                    raise
            with self._database.write() as tx:
                charge = charges.expire_key(tx, charge, clock.now())
        return self._look_up(charge, clock)

    def _look_up(self, charge: Charge, clock: ServerClock) -> Outcome:
        """Search for the charge; request it under a new key only if the search must have found it.

        Raises `ProviderUnavailableError` until then.
        """
        outcome = self._cards.find_charge(charge.payment_id, charge.attempt)
        if outcome is not None:
            return outcome
        found_by = charge.key_until + self._search_lag
        if clock.now() < found_by:
            message = f"The search finds no charge of {charge.key} yet; it may until {found_by}."
            raise ProviderUnavailableError(message)
        with self._database.write() as tx:
            renewed = charges.rotate_key(tx, charge, clock.now())
        if renewed is None:
            message = f"There is no charge of {charge.key}, and another worker continued."
            raise ProviderUnavailableError(message)
        return self._request_outcome(renewed, clock, is_new=True)

    def _record(self, at: datetime, charge: Charge, outcome: Outcome) -> None:
        with self._database.write() as tx:
            payments.lock(tx, charge.payment_id)
            known = charges.find(tx, charge.payment_id, charge.attempt)
            # A worker that was unavailable may come here after another one settled the charge.
            if known is None or known.is_settled:
                return
            match outcome:
                case Charged():
                    charges.settle(tx, charge.model_copy(update={"charge_id": outcome.charge_id}))
                    event = CreditCardCharged(at=at, amount=charge.amount)
                    payments.record(tx, charge.payment_id, event, number=charge.attempt)
                case Declined():
                    record_failure(tx, at, charge, failure_of(outcome))
                    if outcome.open_id:
                        charges.keep_open(tx, charge, outcome.open_id)
                case Pending():
                    charges.keep_open(tx, charge, outcome.open_id)


def failure_of(declined: Declined) -> PaymentFailure:
    """What is kept of a decline; in words of our own if its code is known."""
    return PaymentFailure(
        code=declined.code,
        decline_code=declined.decline_code,
        advice_code=declined.advice_code,
        message=declines.sentence(declined.code, declined.decline_code, declined.message),
    )


def record_failure(tx: Connection, at: datetime, charge: Charge, failure: PaymentFailure) -> None:
    """Record CreditCardFailed; nothing if the charge has an outcome."""
    if charges.settle(tx, charge.model_copy(update={"failure": failure})):
        payments.record(tx, charge.payment_id, failure.failed(at), number=charge.attempt)


def _request(charge: Charge, payment_method: str) -> ChargeRequest:
    return ChargeRequest(
        key=charge.key,
        payment_id=charge.payment_id,
        attempt=charge.attempt,
        amount=charge.amount,
        currency=charge.currency,
        payment_method=payment_method,
    )


def _without_secrets(failure: PaymentFailure) -> PaymentFailure:
    """Remove a message that may quote personal data: Temporal may store results unencrypted."""
    secret = "@" in failure.message or looks_like_a_card_number(failure.message)
    return failure.model_copy(update={"message": ""}) if secret else failure
