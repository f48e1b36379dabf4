"""Refund what a card paid."""

from itertools import count

from temporalio import activity

from activities.inputs import PaymentStepInput
from domain.events import CreditCardRefunded
from domain.payment import Payment
from gateways.cards import CardProvider, ProviderUnavailableError, RefundRequest, RefundStatus
from storage import charges, payments
from storage.database import Database


class RefundActivities:
    """Refunds at the card provider, recorded in the database."""

    def __init__(self, database: Database, cards: CardProvider) -> None:
        """Refunds with `cards`, and records in `database`."""
        self._database = database
        self._cards = cards

    @activity.defn
    def refund_card(self, input: PaymentStepInput) -> None:
        """Refund the part of the charge that nobody has refunded yet: CreditCardRefunded."""
        with self._database.read() as tx:
            payment = payments.find(tx, input.payment_id)
            charge = charges.find_paid(tx, input.payment_id)
        if charge is None or charge.charge_id is None or payment.charged == 0:
            return
        # A part of it, or all, may have been refunded in the provider's dashboard.
        refunds = self._cards.refunds(charge.charge_id)
        given_back = sum(one.amount for one in refunds if one.status is not RefundStatus.FAILED)
        left = charge.amount - given_back
        if left > 0:
            self._refund(payment, charge.charge_id, left)
        with self._database.write() as tx:
            payment = payments.lock(tx, payment.id)
            # A webhook may have recorded such a dashboard refund meanwhile.
            if payment.charged:
                at = max(input.at, payment.updated_at)
                event = CreditCardRefunded(at=at, amount=payment.charged)
                payments.record(tx, payment.id, event)

    def _refund(self, payment: Payment, charge_id: str, amount: int) -> None:
        """Rotate the key if it was used for another amount, or only repeats a fault.

        A new key cannot refund too much: the provider refuses refunds above the charge.
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
                if not fault.key_exhausted:
                    raise
            else:
                return
