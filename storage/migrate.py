"""Migration of the database's tables, which every process runs when it starts."""

import fcntl
import os
from collections.abc import Generator
from contextlib import closing, contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text

from storage.database import Database

ALEMBIC_INI = Path(__file__).parents[1] / "alembic.ini"

DATABASE_URL = "database_url"
"""The attribute of Alembic's configuration that holds the database's URL."""

_ADVISORY_LOCK = 0x6F72646572
"""The id of the PostgreSQL lock that a migration holds; an arbitrary number."""


def migrate(database_url: str) -> None:
    """Apply all missing migrations, in one transaction.

    Several processes may call this at once: one migrates, the others wait. Raises SQLAlchemy's
    `OperationalError` if the database is unavailable.
    """
    command.upgrade(alembic_config(database_url), "head")


def alembic_config(database_url: str) -> Config:
    """Alembic's configuration for that database."""
    config = Config(ALEMBIC_INI)
    config.attributes[DATABASE_URL] = database_url
    return config


@contextmanager
def exclusive_transaction(database_url: str) -> Generator[Connection]:
    """A transaction that all other callers wait for."""
    with (
        closing(Database(database_url)) as database,
        _folder_locked(database),
        database.engine.connect() as tx,
    ):
        if database.is_sqlite:
            _prepare_sqlite(tx)
        with tx.begin():
            if not database.is_sqlite:
                tx.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ADVISORY_LOCK})
            yield tx


@contextmanager
def _folder_locked(database: Database) -> Generator[None]:
    """Lock the folder of SQLite's file for one process at a time; does nothing for PostgreSQL.

    SQLite's own lock does not suffice: switching a new file to WAL fails if another process has it
    open, instead of waiting. The operating system releases this lock when its process ends.
    """
    if not database.is_sqlite:
        yield
        return
    folder = os.open(Path(str(database.url.database)).parent, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def _prepare_sqlite(connection: Connection) -> None:
    cursor = connection.connection.cursor()
    # The file keeps this mode for all later connections. Readers then don't block the writer.
    cursor.execute("PRAGMA journal_mode = WAL")
    # SQLite changes a table by rebuilding it and dropping the old one, which other tables refer to.
    # In a transaction this pragma would have no effect.
    cursor.execute("PRAGMA foreign_keys = OFF")
    cursor.close()
