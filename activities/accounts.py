"""The customer's account: withdraw from it, credit it."""

from temporalio import activity

from activities.inputs import PaymentStepInput
from domain.events import AmountCredited, AmountWithdrawn, PaymentPartlyCovered
from domain.money import withdrawable
from domain.statuses import PaymentStatus
from storage import ledger, payments
from storage.database import Database


class AccountActivities:
    """Transfers in the ledger, together with the payment they belong to."""

    def __init__(self, database: Database) -> None:
        """All in `database`."""
        self._database = database

    @activity.defn
    def withdraw_amount(self, input: PaymentStepInput) -> int:
        """Take from the account what it holds of the amount; return the cents still missing.

        AmountWithdrawn if it holds any, and PaymentPartlyCovered if that is not all. It is decided
        once: a worker that was away may do this long after another one did, and the account hold
        more by then.
        """
        key = f"payment:{input.payment_id}:withdraw"
        with self._database.write() as tx:
            payment = payments.lock(tx, input.payment_id)
            if payment.status is not PaymentStatus.REQUESTED:
                return payment.rest
            account = ledger.customer_account(payment.customer_id)
            amount = withdrawable(ledger.lock(tx, account), payment.amount)
            if not amount and payment.rest:
                payments.mark_charging(tx, payment)
            elif amount and ledger.find_transfer(tx, key) is None:
                ledger.open_account(tx, ledger.RECEIPTS, payment.currency, overdraft=True)
                ledger.transfer(tx, key, debit=account, credit=ledger.RECEIPTS, amount=amount)
                payments.record(tx, payment.id, AmountWithdrawn(at=input.at, amount=amount))
                rest = payment.amount - amount
                if rest:
                    payments.record(tx, payment.id, PaymentPartlyCovered(at=input.at, rest=rest))
            return payments.find(tx, payment.id).rest

    @activity.defn
    def credit_amount(self, input: PaymentStepInput) -> None:
        """Give back to the account what was withdrawn from it: AmountCredited."""
        key = f"payment:{input.payment_id}:credit"
        with self._database.write() as tx:
            payment = payments.lock(tx, input.payment_id)
            amount = payment.withdrawn
            if amount:
                at = max(input.at, payment.updated_at)
                payments.record(tx, payment.id, AmountCredited(at=at, amount=amount))
                account = ledger.customer_account(payment.customer_id)
                ledger.transfer(tx, key, debit=ledger.RECEIPTS, credit=account, amount=amount)
