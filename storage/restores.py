"""When a backup was restored: what was done since the backup is unknown to us."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, func, select

from storage import tables
from storage.insertion import insert_new

LOOK_UP_TIME = timedelta(days=30)
"""How long charges are looked up: the two weeks of a payment, and as long for what begins late."""


def record(tx: Connection, at: datetime) -> None:
    """Write that a backup was restored."""
    insert_new(tx, tables.restores, {"at": at})


def find_latest(tx: Connection) -> datetime | None:
    """The moment of the last restore that is written."""
    return tx.execute(select(func.max(tables.restores.c.at))).scalar_one()


def is_since(tx: Connection, at: datetime) -> bool:
    """Whether a backup was restored after that moment."""
    latest = find_latest(tx)
    return latest is not None and latest > at


def is_recent(tx: Connection, now: datetime) -> bool:
    """Whether the card provider may know charges that we do not know."""
    restores = tables.restores
    recent = select(restores.c.at).where(restores.c.at > now - LOOK_UP_TIME)
    return tx.execute(recent.limit(1)).first() is not None
