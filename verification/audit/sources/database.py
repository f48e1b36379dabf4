"""Reads our own database in one transaction."""

from collections.abc import Sequence
from contextlib import closing
from dataclasses import fields
from pathlib import Path
from typing import TypeVar

from pydantic import TypeAdapter
from sqlalchemy import Connection, Table, select
from sqlalchemy.exc import SQLAlchemyError

from storage import tables
from storage.database import Database, DatabaseRefusedError, with_driver
from verification.audit import rows
from verification.audit.progress import Progress
from verification.audit.snapshot import Books
from verification.audit.violation import SourceUnavailableError

R = TypeVar("R")

PAGE = 200
"""How many rows are taken from the database at once."""


def read(url: str) -> Books:
    """All rows of all tables. Raises `SourceUnavailableError`."""
    where = with_driver(url)
    file = Path(str(where.database))
    if where.get_backend_name() == "sqlite" and not file.is_file():
        raise SourceUnavailableError(f"Cannot read our database: there is no file {file}.")
    try:
        opened = Database(url, has_short_transactions=False)
        with closing(opened) as database, database.read() as tx:
            return _books(tx)
    except (SQLAlchemyError, DatabaseRefusedError, ValueError) as error:
        cause = " ".join(str(getattr(error, "orig", None) or error).split())
        raise SourceUnavailableError(f"Cannot read our database: {cause}") from error


def _books(tx: Connection) -> Books:
    return Books(
        customers=_all(tx, tables.customers, rows.Customer),
        accounts=_all(tx, tables.accounts, rows.Account),
        transfers=_all(tx, tables.transfers, rows.Transfer),
        products=_all(tx, tables.products, rows.Product),
        reservations=_all(tx, tables.reservations, rows.Reservation),
        orders=_all(tx, tables.orders, rows.Order),
        payments=_all(tx, tables.payments, rows.Payment),
        charges=_all(tx, tables.charges, rows.Charge),
        open_charges=_all(tx, tables.open_charges, rows.OpenCharge),
        refunds=_all(tx, tables.refunds, rows.PaymentRefund),
        events=_all(tx, tables.events, rows.Event),
        mails=_all(tx, tables.mails, rows.Mail),
        disputes=_all(tx, tables.disputes, rows.Dispute),
    )


def _all(tx: Connection, table: Table, kind: type[R]) -> Sequence[R]:
    """Read page by page: of the driver's rows, which take more memory, no more than a page."""
    columns = [table.c[field.name] for field in fields(kind)]  # pyright: ignore[reportArgumentType]  a dataclass
    record = TypeAdapter(kind)
    progress = Progress(f"rows of {table.name}")
    found: list[R] = []
    selected = tx.execute(select(*columns), execution_options={"yield_per": PAGE})
    for page in selected.mappings().partitions():
        found += [record.validate_python(dict(row)) for row in page]
        progress.add(len(page))
    return found
