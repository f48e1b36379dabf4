"""How refunds proceed: what the card provider says of them, what is credited, what is owed.

CreditCardRefunded is recorded when the provider says that a refund succeeded. If it fails after
that, the event stays, and the ledger says that the amount is owed (`refunds_owed`).
"""

from datetime import datetime

from sqlalchemy import Connection

from domain.disputes import DisputeKind
from domain.errors import ConflictError
from domain.events import AmountCredited, CreditCardRefunded
from domain.payment import Payment
from domain.statuses import WHOLE, RefundState
from storage import disputes, ledger, notifications, owed_refunds, payments, refunds
from storage.refunds import Refund

OWED = "refunds_owed"
"""The account of refunds that failed after they were recorded: customers have to get it again."""

OUTSIDE = "outside"
"""The account of what operators gave back in another way than to the card."""


def limit_to(tx: Connection, refund: Refund, to_card: int, at: datetime) -> Refund:
    """Refund no more than `to_card` to the card: the dashboard gives back the rest of the charge.

    What the books do not have as given back (that refund may be pending, or reported later) is
    owed. Returns the refund as it is now, unchanged if it has been requested meanwhile.
    """
    payment = payments.lock(tx, refund.payment_id)
    refund = refunds.get(tx, refund.payment_id, refund.reference)
    if refund.status is not RefundState.REQUESTED or refund.to_card <= to_card:
        return refund
    limited = refund.model_copy(update={"to_card": to_card})
    if to_card == 0:
        limited = limited.model_copy(
            update={"status": RefundState.SUCCEEDED, "recorded": True, "provider_id": None}
        )
    refunds.save(tx, limited)
    if rest := _still_owed(tx, payment, refund, refund.to_card - to_card):
        owed_refunds.leave(tx, payment, refund, rest, at)
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
            notifications.of_refund(tx, payment, refund.reference, "repaid")
        else:
            _record(tx, payment, refund, at)
        changes["recorded"] = True
    settled = refund.model_copy(update=changes)
    refunds.save(tx, settled)
    if had_succeeded:
        owed = _owe_again(tx, payment, settled)
        settled = _leave_owed(tx, payment, settled, owed, at)
    elif settled.is_owed:
        owed = _still_owed(tx, payment, settled, settled.to_card)
        settled = _leave_owed(tx, payment, settled, owed, at)
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

    Raises `NotFoundError`, and `ConflictError` if the refund is not owed, or while its charge is
    disputed. Repeating with the same reason changes nothing.
    """
    payment = payments.lock(tx, payment_id)
    refund = refunds.get(tx, payment_id, reference)
    if refund.settled_reason == reason:
        return refund
    if not refund.is_owed:
        by = f", replaced by {refund.replaced_by}" if refund.replaced_by else ""
        message = f"The refund is {refund.status}{by}; only one that is owed can be settled."
        raise ConflictError(message)
    claims = disputes.of_payment(tx, payment_id)
    if any(one.is_open and one.kind is DisputeKind.DISPUTE for one in claims):
        message = "Its charge is disputed, which may give the money back: wait for the decision."
        raise ConflictError(message)
    if not refund.recorded:
        _record(tx, payment, refund, at, outside=True)
        transfer(tx, payment, refund, "owed")
    transfer(tx, payment, refund, "outside")
    if refund.recorded:
        notifications.of_refund(tx, payment, refund.reference, "outside")
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
    "twice": (OUTSIDE, ledger.CARDS),
    "once": (ledger.CARDS, OUTSIDE),
}


def transfer(
    tx: Connection, payment: Payment, refund: Refund, kind: str, amount: int | None = None
) -> None:
    """Transfer `amount`, by default the card's part, once for each kind.

    It is `owed`, `repaid` to the card, given back `outside`; or given back `twice`, also to the
    card, until that fails and leaves it given back `once`.
    """
    debit, credit = _TRANSFERS[kind]
    for account in sorted({debit, credit} - {ledger.CARDS}):
        ledger.open_account(tx, account, payment.currency)
    amount = refund.to_card if amount is None else amount
    id, currency = refund.transfer_id(kind), payment.currency
    ledger.transfer(tx, id, debit=debit, credit=credit, amount=amount, currency=currency)


def _owe_again(tx: Connection, payment: Payment, failed: Refund) -> int:
    """Transfer what a refund gave back before it failed; returns what of it is owed."""
    twice = ledger.find_transfer(tx, failed.transfer_id("twice")) or 0
    if twice:
        transfer(tx, payment, failed, "once", twice)
    if owed := failed.to_card - twice:
        transfer(tx, payment, failed, "owed", owed)
    return owed


def _leave_owed(
    tx: Connection, payment: Payment, failed: Refund, owed: int, at: datetime
) -> Refund:
    """The refund that failed; another one has given back what is not `owed` of it."""
    if owed == failed.to_card:
        return failed
    if owed:
        replaced_by = owed_refunds.leave(tx, payment, failed, owed, at).reference
    else:
        others = [
            one.reference
            for one in refunds.of_payment(tx, payment.id)
            if one.status is RefundState.SETTLED_OUTSIDE
            or (one.status is RefundState.SUCCEEDED and one.provider_id == one.reference)
        ]
        if not others:
            return failed  # a release before refunds were rows recorded the other one
        replaced_by = others[-1]
    replaced = failed.model_copy(update={"replaced_by": replaced_by})
    refunds.save(tx, replaced)
    return replaced


def _still_owed(tx: Connection, payment: Payment, refund: Refund, amount: int) -> int:
    """How much of the `amount` that the refund does not give back is still held.

    If CreditCardRefunded is recorded for it, all of it is in the account `refunds_owed`. If not,
    the dashboard may have given it back: it is held as far as no refund reserves what is charged.
    """
    if refund.recorded:
        return amount
    held = payment.charged - sum(
        one.reserved_on_card
        for one in refunds.of_payment(tx, payment.id)
        if one.reference != refund.reference
    )
    return max(0, min(amount, held - (refund.to_card - amount)))


def _end(tx: Connection, payment_id: str) -> None:
    """The payment is `received` again, unless a refund is under way or all has to be given back."""
    found = refunds.of_payment(tx, payment_id)
    if not any(one.is_under_way or one.reference == WHOLE for one in found):
        payments.end_refund(tx, payment_id)
