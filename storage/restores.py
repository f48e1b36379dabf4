"""When a backup was restored: what was done since the backup is unknown to us."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, func, select

from storage import tables
from storage.insertion import insert_new

LOOK_UP_TIME = timedelta(days=30)
"""How long charges are looked up: the two weeks of a payment, and as long for what begins late."""


def record(tx: Connection, at: datetime) -> None:
    """Write that a backup was restored."""
    insert_new(tx, tables.restores, {"at": at})


_LATEST = select(func.max(tables.restores.c.at))


def find_latest(tx: Connection) -> datetime | None:
    """The moment of the last restore that is written."""
    return tx.execute(_LATEST).scalar_one()


def is_since(tx: Connection, at: datetime) -> bool:
    """Whether a backup was restored after that moment."""
    latest = find_latest(tx)
    return latest is not None and latest > at


_AFTER = select(tables.restores.c.at).where(tables.restores.c.at > bindparam("moment")).limit(1)


def is_recent(tx: Connection, now: datetime) -> bool:
    """Whether the card provider may know charges that we do not know."""
    return tx.execute(_AFTER, {"moment": now - LOOK_UP_TIME}).first() is not None
