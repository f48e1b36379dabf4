"""Charges that the bank or the customer has the last word on: ask for it, or do without it."""

from datetime import datetime

from sqlalchemy import Connection
from temporalio import activity

from activities.cards import ChargeCardResult
from activities.inputs import PaymentStepInput
from domain.events import CreditCardCharged, CreditCardDetailsUpdated, CreditCardFailed
from domain.payment import PaymentFailure
from gateways.cards import CardProvider, Charged, Declined, Outcome, Pending
from storage import open_charges, payments
from storage.database import Database
from storage.payments import Charge

CLOSED = Declined(code="card_declined", message="The charge was canceled.")


class SettleChargeInput(PaymentStepInput):
    """`cancel`: the charge does not stay open; only if it has paid by now, that counts."""

    cancel: bool


class OpenChargeActivities:
    """The last word on a charge; what is asked once too often changes nothing."""

    def __init__(self, database: Database, cards: CardProvider) -> None:
        """What `cards` says is written down in `database`."""
        self._database = database
        self._cards = cards

    @activity.defn
    def settle_charge(self, input: SettleChargeInput) -> ChargeCardResult:
        """What the open charge has come to by now: CreditCardCharged, CreditCardFailed, nothing."""
        with self._database.read() as tx:
            found = open_charges.find(tx, input.payment_id)
        if found is not None:
            _, open_id = found
            outcome = self._close(open_id) if input.cancel else self._look_up(open_id)
            self._book(input.at, input.payment_id, open_id, outcome)
        with self._database.read() as tx:
            return ChargeCardResult.of(tx, input.payment_id)

    def _close(self, open_id: str) -> Outcome:
        return self._cards.close(open_id) or CLOSED

    def _look_up(self, open_id: str) -> Outcome:
        """One that came to nothing is closed there too: whoever has its page may try again."""
        outcome = self._cards.look_up(open_id)
        if isinstance(outcome, Declined) and outcome.open_id is None:
            return self._cards.close(open_id) or outcome
        return outcome

    def _book(self, at: datetime, payment_id: str, open_id: str, outcome: Outcome) -> None:
        with self._database.write() as tx:
            at = max(at, payments.lock(tx, payment_id).updated_at)
            found = open_charges.find(tx, payment_id)
            # A worker that was away may bring this when the next charge is open already.
            if found is None or found[1] != open_id:
                return
            charge, _ = found
            match outcome:
                case Pending():
                    pass
                case Charged():
                    open_charges.close(tx, charge.payment_id)
                    _paid(tx, at, charge, outcome.charge_id)
                case Declined():
                    if outcome.open_id is None:
                        open_charges.close(tx, charge.payment_id)
                    _declined(tx, at, charge, outcome)


def _paid(tx: Connection, at: datetime, charge: Charge, charge_id: str) -> None:
    """Whoever authenticates a card that has failed gives its details anew: the process goes on."""
    if charge.failure:
        updated = CreditCardDetailsUpdated(at=at)
        payments.record(tx, charge.payment_id, updated, number=charge.attempt + 1)
    open_charges.settle(tx, charge.model_copy(update={"charge_id": charge_id}))
    event = CreditCardCharged(at=at, amount=charge.amount)
    payments.record(tx, charge.payment_id, event, number=charge.attempt)


def _declined(tx: Connection, at: datetime, charge: Charge, why: Declined) -> None:
    """What is known to have failed has no second failure."""
    if charge.failure:
        return
    failure = PaymentFailure(code=why.code, message=why.message)
    open_charges.settle(tx, charge.model_copy(update={"failure": failure}))
    event = CreditCardFailed(at=at, code=why.code, message=why.message)
    payments.record(tx, charge.payment_id, event, number=charge.attempt)
