"""Record what the card provider says of a charge, if it is what was requested."""

from datetime import datetime

from sqlalchemy import Connection
from temporalio import activity

from domain import declines
from domain.card_numbers import looks_like_a_card_number
from domain.events import CreditCardCharged
from domain.money import AmountMismatchError
from domain.payment import Payment, PaymentFailure
from gateways.cards import Charged, Declined, Outcome, Pending
from storage import card_limits, charges, payments
from storage.charges import Charge


def failure_of(declined: Declined) -> PaymentFailure:
    """What is kept of a decline; in words of our own if its code is known."""
    return PaymentFailure(
        code=declined.code,
        decline_code=declined.decline_code,
        advice_code=declined.advice_code,
        message=declines.sentence(declined.code, declined.decline_code, declined.message),
    )


def without_secrets(failure: PaymentFailure) -> PaymentFailure:
    """Remove a message that may quote personal data: Temporal may store results unencrypted."""
    secret = "@" in failure.message or looks_like_a_card_number(failure.message)
    return failure.model_copy(update={"message": ""}) if secret else failure


def may_be_tried_again(tx: Connection, payment: Payment) -> bool:
    """Whether the same card may pay on a later day.

    A card that is not saved at the provider can't be charged without its customer.
    """
    failure = payment.failure
    if failure is None or not declines.may_be_tried_again(
        failure.code, failure.decline_code, failure.advice_code
    ):
        return False
    return card_limits.last_card_is_saved(tx, payment.id)


def record_failure(tx: Connection, at: datetime, charge: Charge, failure: PaymentFailure) -> None:
    """Record CreditCardFailed; nothing if the charge has an outcome."""
    if charges.settle(tx, charge.model_copy(update={"failure": failure})):
        payments.record(tx, charge.payment_id, failure.failed(at), number=charge.attempt)


def record_outcome(tx: Connection, at: datetime, charge: Charge, outcome: Outcome) -> None:
    """Record CreditCardCharged or CreditCardFailed, or that the charge is open.

    Nothing if the charge has an outcome: a worker that was unavailable may come after another one.
    """
    payment = payments.lock(tx, charge.payment_id)
    known = charges.find(tx, charge.payment_id, charge.attempt)
    if known is None or known.is_settled:
        return
    match outcome:
        case Charged():
            require_requested_amount(charge, outcome)
            charges.settle(tx, charge.model_copy(update={"charge_id": outcome.charge_id}))
            event = CreditCardCharged(at=at, amount=charge.amount)
            payments.record_locked(tx, payment, event, number=charge.attempt)
        case Declined():
            record_failure(tx, at, charge, failure_of(outcome))
            if outcome.open_id:
                charges.keep_open(tx, charge, outcome.open_id)
        case Pending():
            charges.keep_open(tx, charge, outcome.open_id)


def require_requested_amount(charge: Charge, outcome: Charged) -> None:
    """Raise `AmountMismatchError` if amount or currency are not those that were requested."""
    if outcome.amount is None or outcome.currency is None:
        return
    require_amount(
        f"charge {outcome.charge_id}, attempt {charge.attempt} of payment {charge.payment_id}",
        requested=(charge.amount, charge.currency),
        reported=(outcome.amount, outcome.currency),
    )


def require_amount(subject: str, *, requested: tuple[int, str], reported: tuple[int, str]) -> None:
    """Count the mismatch, and raise `AmountMismatchError`, unless both are the same.

    Both are minor units and their currency.
    """
    if requested == reported:
        return
    count_mismatch()
    message = (
        f"The card provider reports {reported} for {subject}, but {requested} were requested. "
        "Nothing was booked; look it up in the provider's dashboard."
    )
    raise AmountMismatchError(message)


def count_mismatch() -> None:
    """Count an `AmountMismatchError`."""
    activity.metric_meter().create_counter(
        "payments_amount_mismatches", "Other amounts at the card provider than were requested"
    ).add(1)
