"""Charge a card, and never charge it twice for one attempt."""

from datetime import datetime, timedelta
from typing import Self

from pydantic import BaseModel
from sqlalchemy import Connection
from temporalio import activity

from activities.charge_outcomes import (
    may_be_tried_again,
    record_failure,
    record_outcome,
    without_secrets,
)
from activities.clock import ServerClock
from activities.inputs import PaymentStepInput
from activities.provider_customers import ProviderCustomers
from activities.uninterrupted import uninterrupted_activity
from domain import declines
from domain.declines import RETRY_LIMITS, Limits
from domain.payment import PaymentFailure
from domain.statuses import Awaited
from gateways.cards import (
    CardProvider,
    ChargeRequest,
    CustomerDeletedError,
    Declined,
    Outcome,
    ProviderRejectedError,
    ProviderUnavailableError,
)
from storage import card_limits, charges, payments, restores
from storage.charges import Charge
from storage.database import Database

NO_CARD = Declined(declines.NO_CARD, declines.sentence(declines.NO_CARD, None))


class ChargeCardInput(PaymentStepInput):
    """Number of the attempt, from 1; without a `payment_method` the customer's card is charged.

    With `is_known` the attempt is only decided, of a payment that has ended: it is never begun.
    """

    attempt: int
    payment_method: str | None
    is_known: bool = False


class ChargeCardResult(BaseModel):
    """Whether the card paid; if not, since when the payment waits for a working card.

    `awaited` is set while the charge is open: it is who may still decide it. `failure` is for
    people to read. With `may_be_tried_again` the same card may pay on a later day. With `refused`
    the provider did not accept the request, which took no money: the same attempt has to be
    requested again; `at_limit` says that we did not send it, as the card's network may allow no
    further attempt before other charges of the card are decided. `attempt` is the last one that was
    made, by a run before a reset perhaps; 0 in histories of older releases. With
    `is_of_another_card` it was made before, and the card that is given now was not charged.
    """

    charged: bool
    waiting_since: datetime | None
    awaited: Awaited | None = None
    failure: PaymentFailure | None = None
    may_be_tried_again: bool = False
    refused: bool = False
    at_limit: bool = False
    attempt: int = 0
    is_of_another_card: bool = False

    @classmethod
    def of(
        cls, tx: Connection, payment_id: str, *, refused: bool = False, at_limit: bool = False
    ) -> Self:
        """The result as the database has it."""
        payment = payments.find(tx, payment_id)
        found = charges.find_open(tx, payment_id)
        return cls(
            charged=payment.rest == 0,
            waiting_since=payment.waiting_since,
            awaited=found.awaited if found else None,
            failure=without_secrets(payment.failure) if payment.failure else None,
            may_be_tried_again=found is None and may_be_tried_again(tx, payment),
            refused=refused or at_limit,
            at_limit=at_limit,
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
        self._customers = ProviderCustomers(database, cards)

    @uninterrupted_activity
    def charge_card(self, input: ChargeCardInput) -> ChargeCardResult:
        """Charge the card with the amount due: CreditCardCharged or CreditCardFailed.

        A decline is a result, and so are a charge that stays open and a refused request. An
        unavailable provider raises `ProviderUnavailableError`; the retry then requests the outcome
        of the same charge. A card that was declined hard, or that its network allows no further
        attempt with, is declined without a request; `refused` also while that is not decided.
        After a reset the attempt may have an outcome, and others have followed: it is the last one.
        """
        clock = ServerClock()
        with self._database.read() as tx:
            known = _last_made(tx, input.payment_id, input.attempt)
        input = input.model_copy(update={"attempt": known.attempt if known else input.attempt})
        try:
            result = self._charge(input, clock, known)
        except ProviderRejectedError as refusal:
            _report(input, refusal)
            result = self._result(input, refused=True)
        except card_limits.UndecidedChargesError as undecided:
            activity.logger.info("Payment %s: %s", input.payment_id, undecided)
            result = self._result(input, at_limit=True)
        is_of_another = known is not None and self._is_of_another_card(input)
        about = {"attempt": input.attempt, "is_of_another_card": is_of_another}
        return result.model_copy(update=about)

    def _is_of_another_card(self, input: ChargeCardInput) -> bool:
        with self._database.read() as tx:
            made = charges.find(tx, input.payment_id, input.attempt)
        return self._customers.had_another_card(made, input.payment_method)

    def _result(
        self, input: ChargeCardInput, *, refused: bool = False, at_limit: bool = False
    ) -> ChargeCardResult:
        with self._database.read() as tx:
            return ChargeCardResult.of(tx, input.payment_id, refused=refused, at_limit=at_limit)

    def _charge(
        self,
        input: ChargeCardInput,
        clock: ServerClock,
        known: Charge | None,
        *,
        again: bool = False,
    ) -> ChargeCardResult:
        """Raises `ProviderRejectedError` only if no request of this attempt has an effect.

        If the customer was deleted at the provider, the attempt is requested again for another one.
        """
        begun = self._begin(input, clock, known)
        if begun is None:
            return self._result(input)
        charge, is_restored = begun
        try:
            forgotten = self._find(charge) if is_restored else None
            outcome = forgotten or self._request_outcome(charge, clock)
        except CustomerDeletedError as refusal:
            if again or input.is_known:
                raise
            activity.logger.warning("Payment %s: %s", input.payment_id, refusal)
            self._customers.replace(charge)
            return self._charge(input, clock, charge, again=True)
        with self._database.write() as tx:
            record_outcome(tx, input.at + clock.since_scheduled(), charge, outcome)
            return ChargeCardResult.of(tx, input.payment_id)

    def _begin(
        self, input: ChargeCardInput, clock: ServerClock, known: Charge | None
    ) -> tuple[Charge, bool] | None:
        """The charge to request; None if it has an outcome, or is open already.

        True with it after a restore: the database may have forgotten a request, of whatever key.
        """
        if known is not None:
            with self._database.write() as tx:
                if repeated := charges.repeat(tx, input.payment_id, input.attempt):
                    return _if_undecided(tx, repeated, clock)
        if input.is_known:
            return None
        card = self._customers.identify(input.payment_id, input.payment_method)
        with self._database.write() as tx:
            charge = charges.begin(
                tx,
                input.payment_id,
                input.attempt,
                card.payment_method,
                clock.now(),
                provider_customer=card.provider_customer,
                fingerprint=card.fingerprint,
                brand=card.brand,
            )
            return _if_undecided(tx, self._decline_unusable(tx, charge, input.at, clock), clock)

    def _decline_unusable(
        self, tx: Connection, charge: Charge, at: datetime, clock: ServerClock
    ) -> Charge:
        """Decline a charge that was never requested, if its card must not be charged."""
        if charge.is_settled or charge.requests_sent > 1:
            return charge
        failure = card_limits.find_refusal(tx, charge, clock.now(), self._retry_limits)
        if failure is None:
            return charge
        record_failure(tx, at + clock.since_scheduled(), charge, failure)
        return charge.model_copy(update={"failure": failure})

    def _request_outcome(self, charge: Charge, clock: ServerClock) -> Outcome:
        """Request the charge under its key, or look it up once the key is expired or exhausted.

        A refusal is final only if no other request was sent under the key: otherwise that one,
        whose response was lost, may have taken the money.
        """
        if charge.payment_method is None:
            return NO_CARD
        if clock.now() < charge.key_until:
            try:
                return self._cards.charge(_request(charge, charge.payment_method))
            except ProviderRejectedError:
                with self._database.write() as tx:
                    is_without_effect = charges.refuse(tx, charge)
                if is_without_effect:
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
        if outcome := self._find(charge):
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
        return self._request_outcome(renewed, clock)

    def _find(self, charge: Charge) -> Outcome | None:
        return self._cards.find_charge(charge.payment_id, charge.attempt)


def _last_made(tx: Connection, payment_id: str, attempt: int) -> Charge | None:
    """The attempt, or the last one of those that followed its outcome."""
    made = charges.find(tx, payment_id, attempt)
    while made and made.is_settled and (next := charges.find(tx, payment_id, made.attempt + 1)):
        made = next
    return made


def _if_undecided(tx: Connection, charge: Charge, clock: ServerClock) -> tuple[Charge, bool] | None:
    if charge.is_settled or charges.is_open(tx, charge):
        return None
    return charge, restores.is_recent(tx, clock.now())


def _request(charge: Charge, payment_method: str) -> ChargeRequest:
    return ChargeRequest(
        key=charge.key,
        payment_id=charge.payment_id,
        attempt=charge.attempt,
        amount=charge.amount,
        currency=charge.currency,
        payment_method=payment_method,
        customer=charge.provider_customer,
        on_session=bool(charge.on_session),
    )


def _report(input: ChargeCardInput, refusal: ProviderRejectedError) -> None:
    """Count the refusal, and say what to do; its message names the request at the provider."""
    activity.metric_meter().create_counter(
        "payments_card_requests_refused", "Requests that the card provider refused"
    ).add(1)
    next_step = (
        "The payment has ended, so it is not requested again."
        if input.is_known
        else "It is requested again until it is accepted, or until the customer, the deadline or "
        "an operator ends the payment."
    )
    activity.logger.error(
        "Payment %s, attempt %d: %s %s", input.payment_id, input.attempt, refusal, next_step
    )
