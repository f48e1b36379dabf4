"""Bringing a database's tables up to date, as every process does when it starts."""

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
"""The attribute of Alembic's configuration that names the database to work on."""

_ADVISORY_LOCK = 0x6F72646572
"""PostgreSQL's name for "somebody migrates this database"; any number will do."""


def migrate(database_url: str) -> None:
    """Create what is missing and change what is old; nothing if the tables are up to date.

    Safe in several processes at once: one does it, the others wait. All of it happens or nothing.
    Raises SQLAlchemy's `OperationalError` if the database is away.
    """
    command.upgrade(alembic_config(database_url), "head")


def alembic_config(database_url: str) -> Config:
    """Alembic's configuration for that database."""
    config = Config(ALEMBIC_INI)
    config.attributes[DATABASE_URL] = database_url
    return config


@contextmanager
def alone(database_url: str) -> Generator[Connection]:
    """A transaction on the database while every other caller waits for its end."""
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
    """Lets one process at a time at SQLite's file; nothing to do for a server.

    SQLite's own lock would not do: switching a new file to WAL waits for nobody, it fails if
    another process is at the file. This lock ends with whoever holds it.
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
    # Kept in the file: every later connection finds it. Readers then don't hinder the writer.
    cursor.execute("PRAGMA journal_mode = WAL")
    # Rebuilding a table, SQLite's way of changing one, drops the old one, no matter who refers to
    # it. In a transaction this pragma would do nothing.
    cursor.execute("PRAGMA foreign_keys = OFF")
    cursor.close()
