"""Refunds that are owed to their customers: refused or failed, and not replaced."""

from collections.abc import Collection

from sqlalchemy import ColumnElement, Connection, and_, func, select

from domain.statuses import RefundState
from storage import tables
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
