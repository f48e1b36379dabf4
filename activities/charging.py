"""What a charge comes to: ask for it under its key, or look it up, and never charge blindly."""

from datetime import timedelta

from activities.clock import ServerClock
from gateways.cards import (
    CardProvider,
    ChargeRequest,
    Declined,
    Outcome,
    ProviderRejectedError,
    ProviderUnavailableError,
)
from storage import payments
from storage.database import Database
from storage.payments import Charge

NO_CARD = Declined(code="no_card", message="The customer has given no card.")


class Charging:
    """Asks the card provider; of what it says only the keys are written down here."""

    def __init__(self, database: Database, cards: CardProvider, search_lag: timedelta) -> None:
        """`search_lag` is how far the search of `cards` may be behind."""
        self._database = database
        self._cards = cards
        self._search_lag = search_lag

    def outcome(self, charge: Charge, clock: ServerClock, *, is_new: bool) -> Outcome:
        """With a key that `is_new` nothing was asked before: only then a refusal is the last word.

        Otherwise an earlier request may have taken the money, whose answer we never heard.
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
                if not fault.key_spent:
                    raise
            with self._database.write() as tx:
                charge = payments.stop_using_key(tx, charge, clock.now())
        return self._look_up(charge, clock)

    def _look_up(self, charge: Charge, clock: ServerClock) -> Outcome:
        """The key will not tell any more: look for what it led to, and never charge blindly."""
        outcome = self._cards.find_charge(charge.payment_id, charge.attempt)
        if outcome is not None:
            return outcome
        found_by = charge.key_until + self._search_lag
        if clock.now() < found_by:
            message = f"nothing is found of {charge.key} yet; looking again until {found_by}"
            raise ProviderUnavailableError(message)
        with self._database.write() as tx:
            renewed = payments.take_new_key(tx, charge, clock.now())
        if renewed is None:
            message = f"nothing came of {charge.key}, and somebody else goes on from there"
            raise ProviderUnavailableError(message)
        return self.outcome(renewed, clock, is_new=True)


def _request(charge: Charge, payment_method: str) -> ChargeRequest:
    return ChargeRequest(
        key=charge.key,
        payment_id=charge.payment_id,
        attempt=charge.attempt,
        amount=charge.amount,
        currency=charge.currency,
        payment_method=payment_method,
    )
