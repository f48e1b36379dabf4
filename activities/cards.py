"""The customer's card: charge it, refund it, register another one."""

from datetime import datetime, timedelta
from itertools import count
from typing import Self

from pydantic import BaseModel
from sqlalchemy import Connection
from temporalio import activity

from activities.charging import Charging
from activities.clock import ServerClock
from activities.inputs import PaymentStepInput
from domain.card_numbers import looks_like_a_card_number
from domain.customer import Card
from domain.events import CreditCardCharged, CreditCardFailed, CreditCardRefunded
from domain.payment import Payment, PaymentFailure
from domain.statuses import Awaited
from gateways.cards import (
    CardProvider,
    Charged,
    Declined,
    Outcome,
    Pending,
    ProviderUnavailableError,
    RefundRequest,
)
from storage import customers, open_charges, payments
from storage.database import Database
from storage.payments import Charge


class ChargeCardInput(PaymentStepInput):
    """The `attempt`th charge, from 1; without a `payment_method` of the customer's own card."""

    attempt: int
    payment_method: str | None


class ChargeCardResult(BaseModel):
    """Whether the card paid; if not, since when the payment waits for a working one.

    `awaited` is who may still bring the charge to an end. `failure` is for people to read.
    """

    charged: bool
    waiting_since: datetime | None
    awaited: Awaited | None = None
    failure: PaymentFailure | None = None

    @classmethod
    def of(cls, tx: Connection, payment_id: str) -> Self:
        """By what is written down of the payment's last charge."""
        payment = payments.find(tx, payment_id)
        found = open_charges.find(tx, payment_id)
        return cls(
            charged=payment.rest == 0,
            waiting_since=payment.waiting_since,
            awaited=open_charges.awaited(found[0]) if found else None,
            failure=_without_secrets(payment.failure) if payment.failure else None,
        )


class RegisterCardInput(BaseModel):
    """The card provider's token of a customer's new card, and when it was given."""

    customer_id: str
    payment_method: str
    given_at: datetime


class FormerCard(BaseModel):
    """The customer's card on file, and the open payments that have not tried it yet."""

    payment_method: str
    untold: tuple[str, ...]


class CardActivities:
    """The card provider, and what we write down of its answers."""

    def __init__(self, database: Database, cards: CardProvider, search_lag: timedelta) -> None:
        """What is asked of `cards` is written down in `database`, before and after.

        `search_lag` is how far the provider's search may be behind.
        """
        self._database = database
        self._cards = cards
        self._charging = Charging(database, cards, search_lag)

    @activity.defn
    def charge_card(self, input: ChargeCardInput) -> ChargeCardResult:
        """Charge the card with what is missing: CreditCardCharged or CreditCardFailed.

        A declined card is a result; an unreachable provider raises and is retried, and then asks
        for the outcome of the very same charge. A charge that stays open is a result too.
        """
        clock = ServerClock()
        with self._database.write() as tx:
            payments.lock(tx, input.payment_id)
            is_new = payments.find_charge(tx, input.payment_id, input.attempt) is None
            charge = payments.begin_charge(
                tx, input.payment_id, input.attempt, input.payment_method, clock.now()
            )
            is_open = open_charges.is_open(tx, charge)
        if not charge.is_settled and not is_open:
            outcome = self._charging.outcome(charge, clock, is_new=is_new)
            self._book(input.at + clock.since_asked(), charge, outcome)
        with self._database.read() as tx:
            return ChargeCardResult.of(tx, input.payment_id)

    @activity.defn
    def refund_card(self, input: PaymentStepInput) -> None:
        """Give back what the card paid and nobody has given back yet: CreditCardRefunded."""
        with self._database.read() as tx:
            payment = payments.find(tx, input.payment_id)
            charge = payments.paid_charge(tx, input.payment_id)
        if charge is None or charge.charge_id is None or payment.charged == 0:
            return
        # Somebody may have refunded a part of it, or all, in the provider's dashboard.
        left = charge.amount - self._cards.refunded(charge.charge_id)
        if left > 0:
            self._refund(payment, charge.charge_id, left)
        with self._database.write() as tx:
            payment = payments.lock(tx, payment.id)
            # We may have heard of that meanwhile.
            if payment.charged:
                at = max(input.at, payment.updated_at)
                event = CreditCardRefunded(at=at, amount=payment.charged)
                payments.record(tx, payment.id, event)

    @activity.defn
    def register_card(self, input: RegisterCardInput) -> Card:
        """Look the card up at the provider and keep it as the customer's, if it is the newest."""
        card = self._cards.describe_card(input.payment_method)
        with self._database.write() as tx:
            customers.set_card(tx, input.customer_id, input.payment_method, card, input.given_at)
        return card

    @activity.defn
    def keep_former_card(self, input: RegisterCardInput) -> FormerCard | None:
        """A card that is none changes nothing, nor does any that was given before it.

        The one on file may come from an update that was replaced before it told the payments.
        None if there is no card.
        """
        with self._database.write() as tx:
            customers.keep_former_card(tx, input.customer_id, input.given_at)
            card = customers.payment_method(tx, input.customer_id)
            if card is None:
                return None
            untold = payments.open_without_card(tx, input.customer_id, card)
        return FormerCard(payment_method=card, untold=tuple(untold))

    @activity.defn
    def find_open_payments(self, customer_id: str) -> list[str]:
        """The ids of the customer's payments that may still need a card."""
        with self._database.read() as tx:
            return payments.open_of_customer(tx, customer_id)

    def _refund(self, payment: Payment, charge_id: str, amount: int) -> None:
        """Take a new key if the former was for another amount, or only repeats a fault.

        No more than the charge is refunded anyway.
        """
        for number in count(1):
            key = f"payment:{payment.id}:refund"
            request = RefundRequest(
                key=key if number == 1 else f"{key}:{number}",
                payment_id=payment.id,
                charge_id=charge_id,
                amount=amount,
            )
            try:
                self._cards.refund(request)
            except ProviderUnavailableError as fault:
                if not fault.key_spent:
                    raise
            else:
                return

    def _book(self, at: datetime, charge: Charge, outcome: Outcome) -> None:
        with self._database.write() as tx:
            payments.lock(tx, charge.payment_id)
            open_id = None
            match outcome:
                case Charged():
                    settled = charge.model_copy(update={"charge_id": outcome.charge_id})
                    event = CreditCardCharged(at=at, amount=charge.amount)
                case Declined():
                    failure = PaymentFailure(code=outcome.code, message=outcome.message)
                    settled = charge.model_copy(update={"failure": failure})
                    event = CreditCardFailed(at=at, code=outcome.code, message=outcome.message)
                    open_id = outcome.open_id
                case Pending():
                    # A worker that was away may bring this when it is settled already.
                    known = payments.find_charge(tx, charge.payment_id, charge.attempt)
                    if known is not None and not known.is_settled:
                        open_charges.note(tx, charge, outcome.open_id)
                    return
            if payments.settle_charge(tx, settled):
                payments.record(tx, charge.payment_id, event, number=charge.attempt)
                if open_id:
                    open_charges.note(tx, charge, open_id)


def _without_secrets(failure: PaymentFailure) -> PaymentFailure:
    """Temporal keeps this, perhaps unencrypted, and the words are the card provider's."""
    secret = "@" in failure.message or looks_like_a_card_number(failure.message)
    return failure.model_copy(update={"message": ""}) if secret else failure
