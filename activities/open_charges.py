"""Settle charges that the bank or the customer still has to decide."""

from datetime import datetime

from sqlalchemy import Connection

from activities.charge_outcomes import failure_of, record_failure, require_requested_amount
from activities.charges import ChargeCardResult
from activities.inputs import PaymentStepInput
from activities.uninterrupted import uninterrupted_activity
from domain.events import CreditCardCharged, CreditCardDetailsUpdated
from gateways.cards import CANCELED, CardProvider, Charged, Declined, Outcome, Pending
from storage import charges, payments
from storage.charges import Charge
from storage.database import Database


class SettleChargeInput(PaymentStepInput):
    """With `cancel` the charge is closed; it then counts only if it has paid already."""

    cancel: bool


class OpenChargeActivities:
    """Open charges at the card provider; settling one again changes nothing."""

    def __init__(self, database: Database, cards: CardProvider) -> None:
        """Requests outcomes from `cards`, and records them in `database`."""
        self._database = database
        self._cards = cards

    @uninterrupted_activity
    def settle_charge(self, input: SettleChargeInput) -> ChargeCardResult:
        """Record the open charge's outcome: CreditCardCharged, CreditCardFailed or nothing yet."""
        with self._database.read() as tx:
            found = charges.find_open(tx, input.payment_id)
        if found is not None:
            find_outcome = self._close if input.cancel else self._look_up
            outcome = find_outcome(found.open_id)
            self._record(input.at, input.payment_id, found.open_id, outcome)
        with self._database.read() as tx:
            return ChargeCardResult.of(tx, input.payment_id)

    def _close(self, open_id: str) -> Outcome:
        return self._cards.close(open_id) or CANCELED

    def _look_up(self, open_id: str) -> Outcome:
        """A declined charge is closed too: its customer could still pay it on an open page."""
        outcome = self._cards.look_up(open_id)
        if isinstance(outcome, Declined) and outcome.open_id is None:
            return self._cards.close(open_id) or outcome
        return outcome

    def _record(self, at: datetime, payment_id: str, open_id: str, outcome: Outcome) -> None:
        with self._database.write() as tx:
            at = max(at, payments.lock(tx, payment_id).updated_at)
            found = charges.find_open(tx, payment_id)
            # A worker that was unavailable may come here when the next charge is open already.
            if found is None or found.open_id != open_id:
                return
            match outcome:
                case Pending():
                    pass
                case Charged():
                    require_requested_amount(found.charge, outcome)
                    _record_payment(tx, at, found.charge, outcome.charge_id)
                    charges.close(tx, payment_id)
                case Declined():
                    record_failure(tx, at, found.charge, failure_of(outcome))
                    if outcome.open_id is None:
                        charges.close(tx, payment_id)


def _record_payment(tx: Connection, at: datetime, charge: Charge, charge_id: str) -> None:
    """Authenticating a failed charge counts as a card update: the payment continues by it."""
    if not charges.settle(tx, charge.model_copy(update={"charge_id": charge_id})):
        return
    if charge.failure:
        updated = CreditCardDetailsUpdated(at=at)
        payments.record(tx, charge.payment_id, updated, number=charge.attempt + 1)
    event = CreditCardCharged(at=at, amount=charge.amount)
    payments.record(tx, charge.payment_id, event, number=charge.attempt)
