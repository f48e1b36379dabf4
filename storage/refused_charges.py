"""Charges whose only request the card provider refused: they wait to be requested again."""

from sqlalchemy import ColumnElement, Connection, and_, delete, select

from storage import tables


def is_there(tx: Connection, payment_id: str) -> bool:
    """Whether the payment has one."""
    refused = select(tables.charges.c.attempt).where(_of(payment_id))
    return tx.execute(refused.limit(1)).first() is not None


def discard(tx: Connection, payment_id: str) -> None:
    """Delete the charge that is not requested again because its payment ends.

    It took no money; left without an outcome, it would look as if it still could.
    """
    tx.execute(delete(tables.charges).where(_of(payment_id)))


def _of(payment_id: str) -> ColumnElement[bool]:
    charges = tables.charges
    return and_(
        charges.c.payment_id == payment_id,
        charges.c.charge_id.is_(None),
        charges.c.failure.is_(None),
        charges.c.requests_sent == 0,
    )
