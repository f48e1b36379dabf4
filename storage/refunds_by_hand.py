"""Refunds that somebody made in the card provider's dashboard."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict
from sqlalchemy import Connection, select

from domain.errors import ConflictError
from domain.events import CreditCardRefunded
from storage import payments, tables


class RefundByHand(BaseModel):
    """`amount` cents of a charge, by the card provider's ids."""

    model_config = ConfigDict(frozen=True)

    refund_id: str
    charge_id: str
    amount: int


def book(tx: Connection, refund: RefundByHand, now: datetime) -> str | None:
    """Write down CreditCardRefunded; returns the payment's id.

    None if the charge is none of ours, or our books say already that it was given back. Raises
    `ConflictError` while the payment is still open: whether it is received comes first.
    """
    charges = tables.charges
    payment_id = tx.execute(
        select(charges.c.payment_id).where(charges.c.charge_id == refund.charge_id)
    ).scalar_one_or_none()
    if payment_id is None:
        return None
    payment = payments.lock(tx, payment_id)
    if payment.status.is_open:
        message = f"Payment {payment_id} is {payment.status}; what is refunded of it comes later."
        raise ConflictError(message)
    amount = min(refund.amount, payment.charged)
    if amount == 0:
        return None
    event = CreditCardRefunded(
        # On the payment's clock, which may be ahead of ours in development mode.
        at=max(now, payment.updated_at),
        amount=amount,
        left=payment.charged - amount,
        by_hand=True,
    )
    is_new = payments.record(tx, payment_id, event, number=refund.refund_id)
    return payment_id if is_new else None
