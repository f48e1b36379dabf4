"""`python -m dev.database_lock`: locks the database of DATABASE_URL for writing until SIGTERM.

Supervisor starts it for the fault `database_locked`. Everybody may still read. PostgreSQL's tables
are locked one by one; if that takes longer than its limit, the process ends and is started again.
"""

import signal
import sys
from types import FrameType

from sqlalchemy import Connection

from config import read_settings
from storage import tables
from storage.database import Database


def main() -> None:
    """Returns never; ends with exit code 0."""
    signal.signal(signal.SIGTERM, _end)
    database = Database(read_settings().database_url, 1, has_short_transactions=False)
    with database.write() as tx:
        lock(tx, is_sqlite=database.is_sqlite)
        while True:
            signal.pause()


def lock(tx: Connection, *, is_sqlite: bool) -> None:
    """Lets nobody else write until the transaction ends."""
    if is_sqlite:
        return  # every transaction that writes has the file's lock from its beginning
    names = ", ".join(table.name for table in tables.metadata.sorted_tables)
    tx.exec_driver_sql(f"LOCK TABLE {names} IN EXCLUSIVE MODE")


def _end(_signal: int, _frame: FrameType | None) -> None:
    sys.exit(0)


if __name__ == "__main__":
    main()
