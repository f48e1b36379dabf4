"""Record the events of a payment that concern only its own rows."""

from datetime import datetime

from pydantic import BaseModel
from sqlalchemy import Connection

from activities.clock import ServerClock
from activities.forgotten_charges import ForgottenCharges
from activities.inputs import PaymentStepInput
from activities.uninterrupted import uninterrupted_activity
from domain.events import (
    CreditCardDetailsUpdated,
    CustomerReminded,
    PaymentCanceled,
    PaymentReceived,
)
from domain.payment import Payment
from domain.statuses import PaymentStatus
from gateways.cards import CardProvider
from storage import charges, payments, refunds, refused_charges
from storage.database import Database
from storage.refunds import Refund


class RecordCardUpdateInput(PaymentStepInput):
    """`attempt` is the number of the charge that follows."""

    attempt: int


class RemindCustomerInput(PaymentStepInput):
    """`reminder` is the reminder's number, from 1."""

    reminder: int


class RefundableAmounts(BaseModel):
    """The amounts to refund, in cents: `charged` to the card, `withdrawn` from the account.

    If `attempt_under_way` is set, that charge may still take money, so the amounts are not known
    yet. `at` is the time of the refund, which is not before any event of the payment.
    """

    at: datetime
    charged: int = 0
    withdrawn: int = 0
    attempt_under_way: int | None = None


class PaymentActivities:
    """Steps that change only the payment's own rows."""

    def __init__(self, database: Database, cards: CardProvider) -> None:
        """Uses `database`; after a restore `cards` knows charges that it does not."""
        self._database = database
        self._forgotten = ForgottenCharges(database, cards)

    @uninterrupted_activity
    def request_payment(self, payment: Payment) -> PaymentStatus:
        """Record the payment: PaymentRequested; returns its status, which may be final."""
        with self._database.write() as tx:
            return payments.request(tx, payment).status

    @uninterrupted_activity
    def record_card_update(self, input: RecordCardUpdateInput) -> None:
        """Record that the customer gave another card: CreditCardDetailsUpdated.

        Nothing if the attempt was made already, before a reset, and perhaps without a card update.
        """
        with self._database.write() as tx:
            if charges.find(tx, input.payment_id, input.attempt) is not None:
                return
            event = CreditCardDetailsUpdated(at=input.at)
            payments.record(tx, input.payment_id, event, number=input.attempt)

    @uninterrupted_activity
    def remind_customer(self, input: RemindCustomerInput) -> None:
        """Remind the customer: CustomerReminded; nothing if the payment waits for no card any more.

        A run that an operator has reset may request it late.
        """
        number = input.reminder
        with self._database.write() as tx:
            payment = payments.lock(tx, input.payment_id)
            if payment.status is not PaymentStatus.AWAITING_CARD:
                return
            event = CustomerReminded(at=input.at, reminder=number)
            payments.record_locked(tx, payment, event, number=number)

    @uninterrupted_activity
    def receive_payment(self, input: PaymentStepInput) -> None:
        """Record that the whole amount is paid: PaymentReceived."""
        with self._database.write() as tx:
            payments.record(tx, input.payment_id, PaymentReceived(at=input.at))

    @uninterrupted_activity
    def cancel_payment(self, input: PaymentStepInput) -> bool:
        """Cancel the payment: PaymentCanceled; False if it is received, or a card has paid it."""
        self._forgotten.record(input.payment_id, input.at, ServerClock().now())
        with self._database.write() as tx:
            if payments.lock(tx, input.payment_id).rest:
                _cancel(tx, input.payment_id, input.at)
            return payments.find(tx, input.payment_id).status is PaymentStatus.CANCELED

    @uninterrupted_activity
    def begin_refund(self, requested: Payment) -> RefundableAmounts:
        """Begin to refund all that is held; return the amounts to refund.

        An open payment has lost its workflow, which an operator terminated: this cancels it
        (PaymentCanceled) unless a charge is under way. If the payment has no row yet, this inserts
        one, so that a worker that was unavailable finds the payment canceled.
        """
        with self._database.write() as tx:
            payments.request(tx, requested)
            payment = payments.lock(tx, requested.id)
            at = max(requested.requested_at, payment.updated_at)
            if payment.status.is_open:
                attempt = charges.find_undecided_attempt(tx, payment.id)
                if attempt is not None:
                    return RefundableAmounts(at=at, attempt_under_way=attempt)
                _cancel(tx, payment.id, at)
            return still_to_refund(refunds.begin_whole(tx, payment.id, at), at)


def _cancel(tx: Connection, payment_id: str, at: datetime) -> None:
    if payments.record(tx, payment_id, PaymentCanceled(at=at)):
        refused_charges.discard(tx, payment_id)


def still_to_refund(refund: Refund | None, at: datetime) -> RefundableAmounts:
    """What a refund, which begins `at`, still has to give back; None: nothing."""
    if refund is None:
        return RefundableAmounts(at=at)
    charged = refund.to_card if refund.status.is_under_way else 0
    return RefundableAmounts(
        at=at, charged=charged, withdrawn=0 if refund.credited else refund.to_account
    )
