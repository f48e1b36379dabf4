"""Charges whose only request the card provider refused: they wait to be requested again."""

from sqlalchemy import Connection, delete

from storage import tables


def discard(tx: Connection, payment_id: str) -> None:
    """Delete the charge that is not requested again because its payment ends.

    It took no money; left without an outcome, it would look as if it still could.
    """
    charges = tables.charges
    tx.execute(
        delete(charges).where(
            charges.c.payment_id == payment_id,
            charges.c.charge_id.is_(None),
            charges.c.failure.is_(None),
            charges.c.requests_sent == 0,
        )
    )
