"""What the payment service writes down itself."""

from datetime import datetime

from pydantic import BaseModel
from sqlalchemy import Connection
from temporalio import activity

from activities.inputs import PaymentStepInput
from domain import mail_templates
from domain.events import (
    CreditCardDetailsUpdated,
    CustomerReminded,
    PaymentCanceled,
    PaymentReceived,
)
from domain.payment import Payment
from storage import charges, outbox, payments
from storage.database import Database


class RecordCardUpdateInput(PaymentStepInput):
    """`attempt` is the charge that follows."""

    attempt: int


class RemindCustomerInput(PaymentStepInput):
    """The `reminder`th, from 1."""

    reminder: int


class Held(BaseModel):
    """What is held of a payment, in cents: `charged` on the card, `withdrawn` from the account.

    While the charge of `attempt_under_way` may still come to something, that is not known yet. `at`
    is when it is given back: nothing that happened to the payment was later.
    """

    at: datetime
    charged: int = 0
    withdrawn: int = 0
    attempt_under_way: int | None = None


class PaymentActivities:
    """Steps that touch nothing but the payment's own rows, and the mails they queue."""

    def __init__(self, database: Database) -> None:
        """All in `database`."""
        self._database = database

    @activity.defn
    def request_payment(self, payment: Payment) -> None:
        """Record the payment: PaymentRequested."""
        with self._database.write() as tx:
            payments.request(tx, payment)

    @activity.defn
    def record_card_update(self, input: RecordCardUpdateInput) -> None:
        """The customer gave another card, which is charged next: CreditCardDetailsUpdated."""
        with self._database.write() as tx:
            event = CreditCardDetailsUpdated(at=input.at)
            payments.record(tx, input.payment_id, event, number=input.attempt)

    @activity.defn
    def remind_customer(self, input: RemindCustomerInput) -> None:
        """Ask the customer for another card: CustomerReminded."""
        number = input.reminder
        with self._database.write() as tx:
            payment = payments.lock(tx, input.payment_id)
            if payment.deadline is None:
                message = f"payment {payment.id} is {payment.status}, it waits for no card"
                raise ValueError(message)
            event = CustomerReminded(at=input.at, reminder=number)
            payments.record(tx, payment.id, event, number=number)
            content = mail_templates.reminder(payment, number, payment.deadline)
            outbox.queue(
                tx, f"payment:{payment.id}:reminder:{number}", payment.customer_id, content
            )

    @activity.defn
    def receive_payment(self, input: PaymentStepInput) -> None:
        """The whole amount is held: PaymentReceived."""
        with self._database.write() as tx:
            payment = payments.lock(tx, input.payment_id)
            if payments.record(tx, payment.id, PaymentReceived(at=input.at)):
                content = mail_templates.payment_received(payment)
                outbox.queue(tx, f"payment:{payment.id}:received", payment.customer_id, content)

    @activity.defn
    def cancel_payment(self, input: PaymentStepInput) -> None:
        """The amount will not come: PaymentCanceled."""
        with self._database.write() as tx:
            _cancel(tx, payments.lock(tx, input.payment_id), input.at)

    @activity.defn
    def begin_refund(self, requested: Payment) -> Held:
        """Show that the payment is being refunded, and return what is held of it.

        An open payment has lost its workflow, which somebody terminated: PaymentCanceled, once no
        charge is under way. If that was before its first step, it is recorded here, so that a
        worker that was unavailable finds it canceled.
        """
        with self._database.write() as tx:
            payments.request(tx, requested)
            payment = payments.lock(tx, requested.id)
            at = max(requested.requested_at, payment.updated_at)
            if payment.status.is_open:
                attempt = charges.find_undecided_attempt(tx, payment.id)
                if attempt is not None:
                    return Held(at=at, attempt_under_way=attempt)
                _cancel(tx, payment, at)
            payment = payments.begin_refund(tx, payment.id)
        return Held(at=at, charged=payment.charged, withdrawn=payment.withdrawn)


def _cancel(tx: Connection, payment: Payment, at: datetime) -> None:
    """Its customer is told, whoever canceled it."""
    if payments.record(tx, payment.id, PaymentCanceled(at=at)):
        content = mail_templates.payment_canceled(payment)
        outbox.queue(tx, f"payment:{payment.id}:canceled", payment.customer_id, content)
