"""Refunds that are owed to their customers: refused or failed, and not replaced.

A refund may be replaced in part: what remains is then owed by a row of its own, because the row
of a refund says what was requested from the card provider.
"""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, func, select

from domain.payment import Payment
from domain.statuses import RefundReason, RefundState
from storage import refunds, tables
from storage.insertion import insert_new
from storage.refunds import Refund, select_where


def is_owed() -> ColumnElement[bool]:
    """The condition that a row of `refunds` waits for somebody."""
    refunds = tables.refunds
    owed = [state for state in RefundState if state.is_owed]
    return and_(refunds.c.status.in_(owed), refunds.c.replaced_by.is_(None))


def count(tx: Connection) -> int:
    """How many refunds wait for somebody."""
    return tx.execute(
        select(func.count()).select_from(tables.refunds).where(is_owed())
    ).scalar_one()


def by_payment(tx: Connection, payment_ids: Collection[str]) -> dict[str, list[Refund]]:
    """The refunds of these payments that wait for somebody, by payment."""
    found: dict[str, list[Refund]] = {}
    for one in select_where(tx, is_owed() & tables.refunds.c.payment_id.in_(payment_ids)):
        found.setdefault(one.payment_id, []).append(one)
    return found


def leave(tx: Connection, payment: Payment, refund: Refund, amount: int, at: datetime) -> Refund:
    """Insert what remains owed of a refund: `amount` cents, because of a dashboard refund.

    Its reference is one that no operator can choose.
    """
    reference = f"_rest-{len(refunds.of_payment(tx, payment.id))}"
    rest = refunds.new(payment, reference, amount, 0, at, recorded=refund.recorded)
    changes = {
        "reason": RefundReason.DASHBOARD,
        "status": refund.status if refund.status.is_owed else RefundState.FAILED,
        "failure": refund.failure or "dashboard_refund",
    }
    rest = rest.model_copy(update=changes)
    insert_new(tx, tables.refunds, rest.model_dump())
    return rest
