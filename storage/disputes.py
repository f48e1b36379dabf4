"""Disputes and early fraud warnings of charges, in their newest known state."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, String, bindparam, func, select, update

from domain.disputes import CLOSED, Dispute, DisputeKind, StoredDispute
from storage import provider_charges, tables
from storage.insertion import insert_new


def record(tx: Connection, dispute: Dispute, asked_at: datetime) -> str | None:
    """Write the state that the provider was asked for at `asked_at`; return the payment's id.

    None if the charge is not one of ours, or its answer is outstanding. Two processes may ask at
    once and write in any order, so a state that was asked for later is kept. That one is not older
    than any change whose event led to an earlier look-up.
    """
    payment_id = provider_charges.find_payment_id(tx, dispute.charge_id)
    row = dispute.model_dump() | {"payment_id": payment_id, "updated_at": asked_at}
    if not insert_new(tx, tables.disputes, row):
        disputes = tables.disputes
        tx.execute(
            update(disputes)
            .where(disputes.c.id == dispute.id, disputes.c.updated_at <= asked_at)
            .values(row)
        )
    return payment_id


def is_open() -> ColumnElement[bool]:
    """The condition that a row of `disputes` is open."""
    # Part of the statement's text, in alphabetical order, as in the condition of the index.
    closed = bindparam(None, sorted(CLOSED), String, expanding=True, literal_execute=True)
    return tables.disputes.c.status.not_in(closed)


def open_by_kind(tx: Connection) -> Mapping[DisputeKind, int]:
    """How many of each kind are open, also of charges that are not ours."""
    kind = tables.disputes.c.kind
    statement = select(kind, func.count()).where(is_open())
    counts = {DisputeKind(row[0]): row[1] for row in tx.execute(statement.group_by(kind))}
    return {kind: counts.get(kind, 0) for kind in DisputeKind}


def of_payment(tx: Connection, payment_id: str) -> list[StoredDispute]:
    """All disputes and warnings of the payment's charges, oldest first."""
    disputes = tables.disputes
    statement = select(disputes).where(disputes.c.payment_id == payment_id)
    rows = tx.execute(statement.order_by(disputes.c.opened_at, disputes.c.id)).mappings()
    return [StoredDispute.model_validate(row) for row in rows]


def find(tx: Connection, id: str) -> StoredDispute | None:
    """The dispute or warning with this id."""
    statement = select(tables.disputes).where(tables.disputes.c.id == id)
    row = tx.execute(statement).mappings().one_or_none()
    return StoredDispute.model_validate(row) if row else None
