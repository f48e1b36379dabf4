"""Charges that a restored database does not know: they were made after its backup."""

from datetime import datetime
from itertools import count

from activities.charge_outcomes import record_outcome
from domain.events import CreditCardDetailsUpdated
from gateways.cards import CardProvider, Pending, ProviderUnavailableError
from storage import charges, payments, restores
from storage.database import Database


class ForgottenCharges:
    """Searches for them at the card provider, for some time after a restore."""

    def __init__(self, database: Database, cards: CardProvider) -> None:
        """Searches with `cards`, and records in `database`."""
        self._database = database
        self._cards = cards

    def record(self, payment_id: str, at: datetime, now: datetime) -> None:
        """Record the outcomes of all that are found, before the payment is canceled.

        Whatever their keys were; nothing if no restore was recent.

        Raises `ProviderUnavailableError` while one of them is not decided.
        """
        for attempt in count(1):
            with self._database.read() as tx:
                payment = payments.find(tx, payment_id)
                known = charges.find(tx, payment_id, attempt)
                is_restored = restores.is_recent(tx, now)
            if not is_restored or not payment.rest or not payment.status.is_open:
                return
            if known is not None and known.is_settled:
                continue
            outcome = self._cards.find_charge(payment_id, attempt)
            if outcome is None:
                return
            if isinstance(outcome, Pending):
                message = f"Attempt {attempt} of payment {payment_id} is not decided yet."
                raise ProviderUnavailableError(message)
            with self._database.write() as tx:
                if attempt > 1:
                    event = CreditCardDetailsUpdated(at=at)
                    payments.record(tx, payment_id, event, number=attempt)
                charge = charges.begin(tx, payment_id, attempt, None, now)
                record_outcome(tx, at, charge, outcome)
