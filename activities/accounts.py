"""Withdraw from the customer's account, and credit it."""

from activities.inputs import PaymentStepInput
from activities.uninterrupted import uninterrupted_activity
from domain.events import AmountWithdrawn, PaymentPartlyCovered
from domain.money import withdrawable
from domain.statuses import PaymentStatus
from storage import ledger, payments, refund_states, refunds
from storage.database import Database


class CreditAmountInput(PaymentStepInput):
    """`reference` is that of the refund, if any, whose part it is."""

    reference: str | None = None


class AccountActivities:
    """Transfers in the ledger, recorded together with the payment."""

    def __init__(self, database: Database) -> None:
        """Uses `database`."""
        self._database = database

    @uninterrupted_activity
    def withdraw_amount(self, input: PaymentStepInput) -> int:
        """Withdraw what the account covers, and leave a card no less than it can pay.

        Returns the amount due, in cents.

        Records AmountWithdrawn if that is more than zero, and PaymentPartlyCovered if an amount due
        remains. Only the first call decides: a worker that was unavailable may call this long after
        another one, when the account's balance is higher.
        """
        key = f"payment:{input.payment_id}:withdraw"
        with self._database.write() as tx:
            payment = payments.lock(tx, input.payment_id)
            if payment.status is not PaymentStatus.REQUESTED:
                return payment.rest
            account = ledger.customer_account(payment.customer_id)
            balance = ledger.lock(tx, account)
            amount = withdrawable(balance, payment.amount, payment.currency)
            if not amount and payment.rest:
                payments.mark_charging(tx, payment)
            elif amount and ledger.find_transfer(tx, key) is None:
                ledger.transfer(
                    tx,
                    key,
                    debit=account,
                    credit=ledger.RECEIPTS,
                    amount=amount,
                    currency=payment.currency,
                )
                payments.record_locked(tx, payment, AmountWithdrawn(at=input.at, amount=amount))
                rest = payment.amount - amount
                if rest:
                    payments.record(tx, payment.id, PaymentPartlyCovered(at=input.at, rest=rest))
                return rest
            return payment.rest

    @uninterrupted_activity
    def credit_amount(self, input: CreditAmountInput) -> None:
        """Credit the account with what was withdrawn from it: AmountCredited."""
        key = f"payment:{input.payment_id}:credit"
        with self._database.write() as tx:
            payment = payments.lock(tx, input.payment_id)
            if input.reference and (refund := refunds.find(tx, payment.id, input.reference)):
                refund_states.credit(tx, refund, input.at)
                return
            if payment.withdrawn and payment.status is not PaymentStatus.RECEIVED:
                refund_states.credit_account(
                    tx, payment, payment.withdrawn, input.at, transfer_id=key
                )
