"""Events that the card provider sent by webhook; each is handled once."""

from datetime import datetime

from sqlalchemy import Connection, select

from storage import tables
from storage.insertion import insert_new


def is_known(tx: Connection, event_id: str) -> bool:
    """Whether the event was handled."""
    events = tables.provider_events
    return tx.execute(select(events.c.id).where(events.c.id == event_id)).first() is not None


def note(tx: Connection, event_id: str, type: str, payment_id: str | None, now: datetime) -> bool:
    """Record that the event was handled, and for which payment; False if it was before."""
    row = {"id": event_id, "type": type[:80], "payment_id": payment_id, "at": now}
    return insert_new(tx, tables.provider_events, row)
