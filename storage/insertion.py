"""Writing a row that somebody else may be writing at this moment."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite


def insert_new(tx: Connection, table: Table, values: Mapping[str, Any]) -> bool:
    """Write the row if its key is new, and say whether it was.

    If another transaction is writing the same key, it is awaited: the row is then there or it is
    not, and no `IntegrityError` speaks of the key.
    """
    dialect = postgresql if tx.dialect.name == "postgresql" else sqlite
    statement = dialect.insert(table).values(values).on_conflict_do_nothing()
    return tx.execute(statement.returning(*table.primary_key)).first() is not None
