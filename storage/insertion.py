"""Insertion of rows that another transaction may insert concurrently."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.dml import ReturningInsert


def insert_new(tx: Connection, table: Table, values: Mapping[str, Any]) -> bool:
    """Insert the row if its keys are new; return whether they were.

    Waits for another transaction that is inserting the same key. Raises no `IntegrityError` for
    the key.
    """
    # As parameters: `values` would make SQLAlchemy compose the statement from them each time.
    return tx.execute(_insert_new(tx.dialect.name, table), values).first() is not None


def insert_for(dialect: str, table: Table) -> postgresql.Insert | sqlite.Insert:
    """An INSERT of the database of that name, which may say what to do about a known key."""
    return (postgresql if dialect == "postgresql" else sqlite).insert(table)


@cache
def _insert_new(dialect: str, table: Table) -> ReturningInsert[Any]:
    return insert_for(dialect, table).on_conflict_do_nothing().returning(*table.primary_key)
