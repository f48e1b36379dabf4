"""Refunds made in the card provider's dashboard."""

from datetime import datetime

from pydantic import AwareDatetime, BaseModel, ConfigDict
from sqlalchemy import Connection

from domain.errors import ConflictError
from domain.events import CreditCardRefunded
from domain.payment import Payment
from domain.statuses import RefundReason, RefundState
from storage import payments, provider_charges, refund_states, refunds, tables
from storage.insertion import insert_new
from storage.refunds import Refund


class DashboardRefund(BaseModel):
    """A refund of `amount` cents, made at `made_at`; the ids are the card provider's."""

    model_config = ConfigDict(frozen=True)

    refund_id: str
    charge_id: str
    amount: int
    made_at: AwareDatetime


def record(tx: Connection, refund: DashboardRefund, now: datetime) -> str | None:
    """Record CreditCardRefunded, and return the payment's id.

    None if the charge is not one of ours, or the refund is recorded already. Raises `ConflictError`
    while the payment is open, because it must be received or canceled first; and while the charge
    may be one of ours whose answer is still outstanding.
    """
    # Before the look-up by id: the answer may be recorded in between.
    may_be_ours = provider_charges.may_be_unanswered(tx, refund.made_at)
    payment_id = provider_charges.find_payment_id(tx, refund.charge_id)
    if payment_id is None:
        if may_be_ours:
            raise ConflictError("The refunded charge may be one whose answer is still outstanding.")
        return None
    payment = payments.lock(tx, payment_id)
    if payment.status.is_open:
        message = f"Payment {payment_id} is {payment.status}; its refund is recorded later."
        raise ConflictError(message)
    # The payment's clock may be ahead of ours in development mode.
    at = max(now, payment.updated_at)
    if refunds.find(tx, payment_id, refund.refund_id):
        return None
    if _replace_failed(tx, payment, refund, at):
        return payment_id
    if payment.charged == 0:
        return None
    amount = min(refund.amount, payment.charged)
    event = CreditCardRefunded(
        at=at,
        amount=amount,
        left=payment.charged - amount,
        by_hand=True,
    )
    if not payments.record(tx, payment_id, event, number=refund.refund_id):
        return None
    _add(tx, payment, refund.refund_id, amount, at)
    _replace_refused(tx, payment_id, refund.refund_id, amount, payment.charged - amount)
    return payment_id


def _replace_refused(
    tx: Connection, payment_id: str, refund_id: str, amount: int, left: int
) -> None:
    """What is owed is given back by a refund of the same amount, or if nothing is left for it."""
    reserved = refunds.of_payment(tx, payment_id)
    owed = [one for one in reserved if one.is_owed and not one.recorded]
    for one in sorted(owed, key=lambda each: each.to_card != amount):
        is_given_back = one.to_card == amount and not _has_replaced(reserved, refund_id)
        if is_given_back or sum(each.reserved_on_card for each in reserved) > left:
            _replace(tx, one, refund_id)
            reserved = refunds.of_payment(tx, payment_id)


def _has_replaced(reserved: list[Refund], refund_id: str) -> bool:
    return any(one.replaced_by == refund_id for one in reserved)


def _replace_failed(
    tx: Connection, payment: Payment, refund: DashboardRefund, at: datetime
) -> bool:
    """Whether it gives back what an earlier refund, whose event is recorded, could not."""
    for owed in refunds.of_payment(tx, payment.id):
        if owed.is_owed and owed.recorded and owed.to_card == refund.amount:
            if not _add(tx, payment, refund.refund_id, refund.amount, at):
                return False
            _replace(tx, owed, refund.refund_id)
            refund_states.transfer(
                tx, payment, refunds.get(tx, payment.id, refund.refund_id), "repaid"
            )
            return True
    return False


def _add(tx: Connection, payment: Payment, refund_id: str, amount: int, at: datetime) -> bool:
    """Write it among the payment's refunds, so that a later failure of it is known."""
    added = refunds.new(payment, refund_id, amount, 0, at, recorded=True).model_copy(
        update={
            "reason": RefundReason.DASHBOARD,
            "status": RefundState.SUCCEEDED,
            "provider_id": refund_id,
        }
    )
    return insert_new(tx, tables.refunds, added.model_dump())


def _replace(tx: Connection, owed: Refund, refund_id: str) -> None:
    refunds.save(tx, owed.model_copy(update={"replaced_by": refund_id}))
