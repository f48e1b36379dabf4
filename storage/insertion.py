"""Insertion of rows that another transaction may insert concurrently."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite


def insert_new(tx: Connection, table: Table, values: Mapping[str, Any]) -> bool:
    """Insert the row if its keys are new; return whether they were.

    Waits for another transaction that is inserting the same key. Raises no `IntegrityError` for
    the key.
    """
    statement = insert_for(tx, table).on_conflict_do_nothing().returning(*table.primary_key)
    # As parameters: `values` would make SQLAlchemy compose the statement from them each time.
    return tx.execute(statement, values).first() is not None


def insert_for(tx: Connection, table: Table) -> postgresql.Insert | sqlite.Insert:
    """An INSERT of the transaction's database, which may say what to do about a known key."""
    return (postgresql if tx.dialect.name == "postgresql" else sqlite).insert(table)
