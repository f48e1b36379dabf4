"""What a process that moves money does to the database before it serves anything."""

import sys
from collections.abc import Generator
from contextlib import closing, contextmanager

from sqlalchemy import Connection, select, union
from sqlalchemy.exc import DBAPIError

from storage import tables
from storage.database import Database, DatabaseRefusedError, with_driver
from storage.migrate import SchemaError, require_schema


class CurrencyMismatchError(Exception):
    """The database holds accounts or prices in another currency than the installation's.

    Amounts have no exchange rate: they would be spent at par.
    """

    def __init__(self, currency: str, held: str) -> None:
        """The setting `CURRENCY`, and the currency that the database holds."""
        super().__init__(
            f"CURRENCY={currency} can't be used: the database holds accounts or prices in {held}. "
            f"Set CURRENCY={held}, or use a new database for {currency}."
        )


REFUSALS = (CurrencyMismatchError, DatabaseRefusedError)
"""Errors of `check` that end a process: it needs another database, or another setting."""


def require_folder(database_url: str) -> None:
    """Ends this process, with a line that says why, if SQLite's file can't be one."""
    try:
        Database(database_url).close()
    except DatabaseRefusedError as refusal:
        sys.exit(str(refusal))


@contextmanager
def exiting_with_a_line(database_url: str) -> Generator[None]:
    """For commands: what is wrong with the database ends this process with a line that says it.

    Also while the database is unavailable, for which the processes wait.
    """
    try:
        yield
    except (DatabaseRefusedError, SchemaError) as refusal:
        sys.exit(str(refusal))
    except DBAPIError as error:
        shown = with_driver(database_url).set(query={}).render_as_string(hide_password=True)
        sys.exit(f"DATABASE_URL={shown} can't be used: {' '.join(str(error.orig).split())}")


def check(database_url: str, currency: str) -> None:
    """Check that this release can work with the database, and that it holds no other currency.

    Raises as `require_schema` does, and the `REFUSALS`.
    """
    require_schema(database_url)
    with closing(Database(database_url)) as database, database.read() as tx:
        require_currency(tx, currency)


def check_or_exit(database_url: str, currency: str) -> None:
    """As `check`; one of the `REFUSALS` ends the process with a line that says what to do."""
    try:
        check(database_url, currency)
    except REFUSALS as refusal:
        sys.exit(str(refusal))


def require_currency(tx: Connection, currency: str) -> None:
    """Raise `CurrencyMismatchError` if an account or a price is in another one."""
    columns = (tables.accounts.c.currency, tables.products.c.currency)
    others = union(*(select(column).where(column != currency) for column in columns))
    held = tx.execute(others.order_by("currency").limit(1)).scalar_one_or_none()
    if held is not None:
        raise CurrencyMismatchError(currency, held)
