"""Refunds made in the card provider's dashboard."""

import logging
from datetime import datetime
from typing import NamedTuple

from pydantic import AwareDatetime, BaseModel, ConfigDict
from sqlalchemy import Connection

from domain.errors import ConflictError
from domain.events import CreditCardRefunded
from domain.money import AmountMismatchError
from domain.payment import Payment
from domain.statuses import RefundReason, RefundState
from storage import (
    notifications,
    owed_refunds,
    payments,
    provider_charges,
    refund_states,
    refunds,
    tables,
)
from storage.insertion import insert_new
from storage.refunds import Refund

log = logging.getLogger(__name__)


class DashboardRefund(BaseModel):
    """A refund of `amount` minor units, made at `made_at`; the ids are the card provider's."""

    model_config = ConfigDict(frozen=True)

    refund_id: str
    charge_id: str
    amount: int
    currency: str
    made_at: AwareDatetime


class _Parts(NamedTuple):
    """What a dashboard refund gives back, in cents; `rest_of` says what is left of what is owed.

    `charged` was still charged, and becomes CreditCardRefunded. `repaid` is of refunds that failed
    after their event. `twice` has been settled outside before.
    """

    rest_of: list[tuple[Refund, int]]
    charged: int
    repaid: int
    twice: int


def record(tx: Connection, refund: DashboardRefund, now: datetime) -> str | None:
    """Record a refund that succeeded, and return the payment's id.

    It gives back what is owed, then what is charged (CreditCardRefunded). Returns None if the
    charge is not one of ours, or the refund is recorded already. Raises `ConflictError` while the
    payment is open, because it must be received or canceled first; while the charge may be one of
    ours whose answer is still outstanding; and while the books say that less is held, because the
    news that another refund failed is then outstanding. Raises `AmountMismatchError` if it is of
    another currency than the payment.
    """
    # Before the look-up by id: the answer may be recorded in between.
    may_be_ours = provider_charges.may_be_unanswered(tx, refund.made_at)
    payment_id = provider_charges.find_payment_id(tx, refund.charge_id)
    if payment_id is None:
        if may_be_ours:
            raise ConflictError("The refunded charge may be one whose answer is still outstanding.")
        return None
    payment = payments.lock(tx, payment_id)
    if refund.currency != payment.currency:
        message = (
            f"refund {refund.refund_id} is of {refund.amount} {refund.currency}, but payment "
            f"{payment_id} is in {payment.currency}"
        )
        raise AmountMismatchError(message)
    if payment.status.is_open:
        message = f"Payment {payment_id} is {payment.status}; its refund is recorded later."
        raise ConflictError(message)
    id = refund.refund_id
    if refunds.find(tx, payment_id, id) or payments.has_event(
        tx, payment_id, CreditCardRefunded, id
    ):
        return None
    # The payment's clock may be ahead of ours in development mode.
    _record(tx, payment, refund, max(now, payment.updated_at))
    return payment_id


def _record(tx: Connection, payment: Payment, refund: DashboardRefund, at: datetime) -> None:
    parts = _divide(payment, refunds.of_payment(tx, payment.id), refund.amount)
    made = _insert(tx, payment, refund, at)
    for owed, rest in parts.rest_of:
        left = owed_refunds.leave(tx, payment, owed, rest, at) if rest else made
        refunds.save(tx, owed.model_copy(update={"replaced_by": left.reference}))
    if parts.charged:
        left = payment.charged - parts.charged
        event = CreditCardRefunded(at=at, amount=parts.charged, left=left, by_hand=True)
        payments.record(tx, payment.id, event, number=refund.refund_id)
    if parts.repaid:
        refund_states.transfer(tx, payment, made, "repaid", parts.repaid)
        notifications.of_refund(tx, payment, made.reference, "repaid")
    if parts.twice:
        log.error(
            "%d minor units of payment %s were settled outside, and refunded in the dashboard too",
            *(parts.twice, payment.id),
        )
        refund_states.transfer(tx, payment, made, "twice", parts.twice)


def _divide(payment: Payment, known: list[Refund], amount: int) -> _Parts:
    """What is owed comes first: a refund of exactly the amount, or else the oldest."""
    rest, rest_of, repaid = amount, list[tuple[Refund, int]](), 0
    for owed in sorted(
        (one for one in known if one.is_owed), key=lambda one: one.to_card != amount
    ):
        if covered := min(rest, owed.to_card):
            rest -= covered
            rest_of.append((owed, owed.to_card - covered))
            repaid += covered if owed.recorded else 0
    charged = min(amount - repaid, payment.charged)
    twice = amount - repaid - charged
    if twice > sum(one.to_card for one in known if one.status is RefundState.SETTLED_OUTSIDE):
        message = f"Payment {payment.id} holds less; another refund of it must have failed."
        raise ConflictError(message)
    return _Parts(rest_of, charged, repaid, twice)


def _insert(tx: Connection, payment: Payment, refund: DashboardRefund, at: datetime) -> Refund:
    """Write it among the payment's refunds, so that a later failure of it is known."""
    id = refund.refund_id
    made = refunds.new(payment, id, refund.amount, 0, at, recorded=True).model_copy(
        update={
            "reason": RefundReason.DASHBOARD,
            "status": RefundState.SUCCEEDED,
            "provider_id": id,
        }
    )
    insert_new(tx, tables.refunds, made.model_dump())
    return made
