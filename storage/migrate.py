"""Migration of the database's tables by a job of its own, and the check that processes make."""

import fcntl
import logging
import os
from collections.abc import Generator
from contextlib import closing, contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Column, Connection, MetaData, String, Table, delete, inspect, select, text

from storage.database import BUSY_TIMEOUT_SECONDS, Database

log = logging.getLogger(__name__)

ALEMBIC_INI = Path(__file__).parents[1] / "alembic.ini"

DATABASE_URL = "database_url"
"""The attribute of Alembic's configuration that holds the database's URL."""

COMPATIBILITY = Table(
    "schema_compatibility", MetaData(), Column("oldest", String(32), primary_key=True)
)
"""`oldest_compatible` of the revision that the database has: one row, for releases that do not
know that revision.
"""

_ADVISORY_LOCK = 0x6F72646572
"""The id of the PostgreSQL lock that a migration holds; an arbitrary number."""


class SchemaError(RuntimeError):
    """The database's tables and this release can't work together until one of them is changed."""


class SchemaTooOldError(SchemaError):
    """The database has not been migrated for this release."""

    def __init__(self, current: str | None, head: str) -> None:
        """The database's revision, if it has any, and the one that this release needs."""
        found = "has no tables" if current is None else f"has the schema {current}"
        super().__init__(
            f"the database {found}, and this release needs {head}: run `alembic upgrade head`"
        )


class SchemaTooNewError(SchemaError):
    """A newer release migrated the database, and this release can't work with its tables."""

    def __init__(self, current: str, head: str) -> None:
        """The database's revision, and the newest one that this release knows."""
        super().__init__(
            f"the database's schema {current} is too new for this release, which knows {head}: "
            "deploy a newer release"
        )


def require_schema(database_url: str) -> None:
    """Check that this release can work with the tables; changes nothing.

    Raises `SchemaTooOldError` before the migration, `SchemaTooNewError` if a newer release's tables
    are not compatible, and SQLAlchemy's `OperationalError` if the database is unavailable.
    """
    # Processes repeat this check every second until the tables are there.
    logging.getLogger("alembic.runtime.migration").setLevel(logging.WARNING)
    script = ScriptDirectory.from_config(alembic_config(database_url))
    with (
        closing(Database(database_url)) as database,
        _folder_locked(database),
        database.read() as tx,
    ):
        current = MigrationContext.configure(tx).get_current_revision()
        head = str(script.get_current_head())
        if current != head and not is_newer(tx, current, script):
            raise SchemaTooOldError(current, head)


def migrate(database_url: str) -> None:
    """Apply all missing migrations, in one transaction.

    Several processes may call this at once: one migrates, the others wait. A schema that a newer
    release made is accepted if it is compatible. Raises SQLAlchemy's `OperationalError` if the
    database is unavailable, `SchemaTooNewError` if its schema is not compatible.
    """
    command.upgrade(alembic_config(database_url), "head")


def alembic_config(database_url: str) -> Config:
    """Alembic's configuration for that database."""
    config = Config(ALEMBIC_INI)
    config.attributes[DATABASE_URL] = database_url
    return config


def is_newer(tx: Connection, current: str | None, script: ScriptDirectory) -> bool:
    """Whether a newer release made the schema; raises `SchemaTooNewError` if it is incompatible."""
    known = {revision.revision for revision in script.walk_revisions()}
    if current is None or current in known:
        return False
    head = str(script.get_current_head())
    oldest = _oldest(tx)
    if oldest is None or oldest > head:
        raise SchemaTooNewError(current, head)
    log.warning(
        "the database's schema %s is newer than this release's %s; it is compatible with %s "
        "and later, so nothing is migrated",
        current,
        head,
        oldest,
    )
    return True


def record_compatibility(tx: Connection, current: str | None, script: ScriptDirectory) -> None:
    """Record, for older releases, which of them can work with the schema, as its revision says."""
    module = script.get_revision(current).module if current else None
    oldest: str | None = getattr(module, "oldest_compatible", None)
    if _oldest(tx) != oldest:
        COMPATIBILITY.create(tx, checkfirst=True)
        tx.execute(delete(COMPATIBILITY))
        if oldest is not None:
            tx.execute(COMPATIBILITY.insert().values(oldest=oldest))


def _oldest(tx: Connection) -> str | None:
    if not inspect(tx).has_table(COMPATIBILITY.name):
        return None
    return tx.execute(select(COMPATIBILITY.c.oldest)).scalar()


@contextmanager
def exclusive_transaction(database_url: str) -> Generator[Connection]:
    """A transaction that all other callers wait for."""
    with (
        closing(Database(database_url, has_short_transactions=False)) as database,
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
    # A writer's connection waits briefly, as its transactions are begun anew; these are not.
    cursor.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_SECONDS * 1000:.0f}")
    # The file keeps this mode for all later connections. Readers then don't block the writer.
    cursor.execute("PRAGMA journal_mode = WAL")
    # SQLite changes a table by rebuilding it and dropping the old one, which other tables refer to.
    # In a transaction this pragma would have no effect.
    cursor.execute("PRAGMA foreign_keys = OFF")
    cursor.close()
