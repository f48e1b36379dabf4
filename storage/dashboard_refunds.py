"""Refunds that somebody made in the card provider's dashboard."""

from datetime import datetime, timedelta

from pydantic import AwareDatetime, BaseModel, ConfigDict
from sqlalchemy import Connection, select

from domain.errors import ConflictError
from domain.events import CreditCardRefunded
from storage import charges, payments, tables

OUR_CLOCK = timedelta(minutes=5)
"""How far it may be from the card provider's: what is signed further off is refused, too."""

PATIENCE = timedelta(days=3)
"""For the answer to a charge: as long as Stripe sends an event again. Of what is lost for longer,
like that of a payment ended by force, the audit knows.
"""


class DashboardRefund(BaseModel):
    """`amount` cents of a charge, by the card provider's ids, `made_at` its moment."""

    model_config = ConfigDict(frozen=True)

    refund_id: str
    charge_id: str
    amount: int
    made_at: AwareDatetime


def book(tx: Connection, refund: DashboardRefund, now: datetime) -> str | None:
    """Write down CreditCardRefunded; returns the payment's id.

    None if the charge is none of ours, or our books say already that it was given back. Raises
    `ConflictError` while the payment is still open, as whether it is received comes first; and
    while the charge may be one that was asked for before, and whose answer is still out.
    """
    # First, as the answer may come meanwhile.
    may_be_ours = charges.any_unanswered(tx, refund.made_at - PATIENCE, refund.made_at + OUR_CLOCK)
    payment_id = _payment_of(tx, refund.charge_id)
    if payment_id is None:
        if may_be_ours:
            raise ConflictError("What was refunded may be a charge whose answer is still out.")
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


def _payment_of(tx: Connection, charge_id: str) -> str | None:
    """Whose charge it is, whether that has paid or is still open."""
    charges, open_ones = tables.charges, tables.open_charges
    return tx.execute(
        select(charges.c.payment_id)
        .outerjoin(
            open_ones,
            (open_ones.c.payment_id == charges.c.payment_id)
            & (open_ones.c.attempt == charges.c.attempt),
        )
        .where((charges.c.charge_id == charge_id) | (open_ones.c.open_id == charge_id))
    ).scalar_one_or_none()
