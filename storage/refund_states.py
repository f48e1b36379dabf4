"""How refunds proceed: what the card provider says of them, what is credited, what is owed.

CreditCardRefunded is recorded when the provider says that a refund succeeded. If it fails after
that, the event stays, and the ledger says that the amount is owed (`refunds_owed`).
"""

from datetime import datetime

from sqlalchemy import Connection

from domain.errors import ConflictError
from domain.events import AmountCredited, CreditCardRefunded
from domain.payment import Payment
from domain.statuses import WHOLE, RefundReason, RefundState
from storage import ledger, payments, refunds
from storage.refunds import Refund

OWED = "refunds_owed"
"""The account of refunds that failed after they were recorded: customers have to get it again."""

OUTSIDE = "outside"
"""The account of what operators gave back in another way than to the card."""


def limit_to(tx: Connection, refund: Refund, to_card: int) -> Refund:
    """Refund less to the card, because the rest of the charge was refunded in the dashboard.

    Returns the refund as it is now, unchanged if it has been requested meanwhile.
    """
    payment = payments.lock(tx, refund.payment_id)
    refund = refunds.get(tx, refund.payment_id, refund.reference)
    if refund.status is not RefundState.REQUESTED:
        return refund
    if to_card == 0 and refund.recorded:
        transfer(tx, payment, refund, "repaid")
    limited = refund.model_copy(update={"to_card": to_card})
    if to_card == 0:
        limited = limited.model_copy(
            update={"status": RefundState.SUCCEEDED, "recorded": True, "provider_id": None}
        )
    refunds.save(tx, limited)
    _end(tx, refund.payment_id)
    return limited


def settle(  # noqa: PLR0913  what the provider says
    tx: Connection,
    refund: Refund,
    state: RefundState,
    at: datetime,
    *,
    provider_id: str | None = None,
    failure: str | None = None,
) -> Refund:
    """Write the state that the card provider gives; record CreditCardRefunded when it succeeded.

    A refund that fails after that is owed: its amount is in the account `refunds_owed`. Returns the
    refund as it is now: repeated and reordered states change nothing.
    """
    payment = payments.lock(tx, refund.payment_id)
    refund = refunds.get(tx, refund.payment_id, refund.reference)
    had_succeeded = refund.status is RefundState.SUCCEEDED
    if not (refund.status.is_under_way or (had_succeeded and state is RefundState.FAILED)):
        return refund
    changes: dict[str, object] = {"status": state, "failure": failure, "updated_at": at}
    if provider_id is not None:
        changes["provider_id"] = provider_id
    if state is RefundState.SUCCEEDED:
        if refund.recorded:
            transfer(tx, payment, refund, "repaid")
        else:
            _record(tx, payment, refund, at)
        changes["recorded"] = True
    elif had_succeeded:
        transfer(tx, payment, refund, "owed")
    elif not refund.recorded and refund.to_card > payment.charged:
        changes["replaced_by"] = _dashboard_refund(tx, refund)
    settled = refund.model_copy(update=changes)
    refunds.save(tx, settled)
    _end(tx, payment.id)
    return settled


def credit(tx: Connection, refund: Refund, at: datetime) -> None:
    """Credit the account with its part: AmountCredited; repeating changes nothing."""
    payment = payments.lock(tx, refund.payment_id)
    refund = refunds.get(tx, refund.payment_id, refund.reference)
    if refund.credited:
        return
    credit_account(
        tx,
        payment,
        refund.to_account,
        at,
        transfer_id=refund.transfer_id("credit"),
        number=refund.event_number,
    )
    status = refund.status if refund.to_card else RefundState.SUCCEEDED
    refunds.save(
        tx, refund.model_copy(update={"credited": True, "status": status, "updated_at": at})
    )
    _end(tx, payment.id)


def credit_account(  # noqa: PLR0913  the event and its transfer
    tx: Connection,
    payment: Payment,
    amount: int,
    at: datetime,
    *,
    transfer_id: str,
    number: int | str = 1,
) -> None:
    """Give back `amount` cents to the customer's account: AmountCredited, once per number."""
    event = AmountCredited(at=max(at, payment.updated_at), amount=amount)
    if payments.record(tx, payment.id, event, number=number):
        account = ledger.customer_account(payment.customer_id)
        ledger.transfer(
            tx,
            transfer_id,
            debit=ledger.RECEIPTS,
            credit=account,
            amount=amount,
            currency=payment.currency,
        )


def settle_outside(
    tx: Connection, payment_id: str, reference: str, reason: str, at: datetime
) -> Refund:
    """Write that an operator gave back in another way what is owed; `reason` says how.

    Raises `NotFoundError`, and `ConflictError` if the refund is not owed. Repeating with the same
    reason changes nothing.
    """
    payment = payments.lock(tx, payment_id)
    refund = refunds.get(tx, payment_id, reference)
    if refund.settled_reason == reason:
        return refund
    if not refund.is_owed:
        by = f", replaced by {refund.replaced_by}" if refund.replaced_by else ""
        message = f"The refund is {refund.status}{by}; only one that is owed can be settled."
        raise ConflictError(message)
    if not refund.recorded:
        _record(tx, payment, refund, at, outside=True)
        transfer(tx, payment, refund, "owed")
    transfer(tx, payment, refund, "outside")
    settled = refund.model_copy(
        update={
            "status": RefundState.SETTLED_OUTSIDE,
            "settled_reason": reason,
            "recorded": True,
            "updated_at": at,
        }
    )
    refunds.save(tx, settled)
    _end(tx, payment_id)
    return settled


def _record(
    tx: Connection, payment: Payment, refund: Refund, at: datetime, *, outside: bool = False
) -> None:
    """CreditCardRefunded."""
    event = CreditCardRefunded(
        at=max(at, payment.updated_at),
        amount=refund.to_card,
        left=payment.charged - refund.to_card,
        outside=outside,
    )
    payments.record(tx, payment.id, event, number=refund.event_number)


_TRANSFERS = {
    "owed": (ledger.CARDS, OWED),
    "repaid": (OWED, ledger.CARDS),
    "outside": (OWED, OUTSIDE),
}


def transfer(tx: Connection, payment: Payment, refund: Refund, kind: str) -> None:
    """Transfer the card's part: it is `owed`, `repaid` to the card, or given back `outside`."""
    debit, credit = _TRANSFERS[kind]
    for account in (debit, credit):
        ledger.open_account(tx, account, payment.currency, overdraft=account == ledger.CARDS)
    id = refund.transfer_id(kind)
    currency = payment.currency
    ledger.transfer(tx, id, debit=debit, credit=credit, amount=refund.to_card, currency=currency)


def _dashboard_refund(tx: Connection, refund: Refund) -> str | None:
    """The refund made in the dashboard that gave back what this one could not; None without any."""
    found = refunds.of_payment(tx, refund.payment_id)
    made = [one.reference for one in found if one.reason is RefundReason.DASHBOARD]
    return made[-1] if made else None


def _end(tx: Connection, payment_id: str) -> None:
    """The payment is `received` again, unless a refund is under way or all has to be given back."""
    found = refunds.of_payment(tx, payment_id)
    if not any(one.is_under_way or one.reference == WHOLE for one in found):
        payments.end_refund(tx, payment_id)
