"""Streams of domain events, one per order and payment, numbered from 1.

A stream's id is its workflow's: `order/<id>` or `payment/<id>`.
"""

from typing import Any

from pydantic import AwareDatetime, BaseModel, ConfigDict
from sqlalchemy import Connection, func, select

from domain.events import DomainEvent
from storage import tables
from storage.insertion import insert_for


class StoredEvent(BaseModel):
    """A stored event; `data` is JSON."""

    model_config = ConfigDict(frozen=True)

    sequence: int
    type: str
    at: AwareDatetime
    data: dict[str, Any]


def has(tx: Connection, stream: str, key: str) -> bool:
    """Whether the stream has an event with this business key."""
    events = tables.events
    statement = select(events.c.sequence).where(events.c.stream == stream, events.c.key == key)
    return tx.execute(statement).first() is not None


def keys(tx: Connection, stream: str) -> set[str]:
    """The business keys of all events of the stream."""
    events = tables.events
    return set(tx.execute(select(events.c.key).where(events.c.stream == stream)).scalars())


def append(tx: Connection, stream: str, event: DomainEvent, key: str) -> int | None:
    """Append the event to its stream; its number there, None if the stream has the key already."""
    events = tables.events
    last = select(func.coalesce(func.max(events.c.sequence), 0)).where(events.c.stream == stream)
    statement = (
        insert_for(tx, events)
        .values(sequence=last.scalar_subquery() + 1)
        .on_conflict_do_nothing(index_elements=[events.c.stream, events.c.key])
        .returning(events.c.sequence)
    )
    values = {
        "stream": stream,
        "key": key,
        "type": event.name(),
        "at": event.at,
        "data": event.data(),
    }
    return tx.execute(statement, values).scalar_one_or_none()


def of_stream(tx: Connection, stream: str, *, after: int = 0) -> list[StoredEvent]:
    """The stream's events in order, from sequence number `after` + 1."""
    events = tables.events
    rows = tx.execute(
        select(events.c.sequence, events.c.type, events.c.at, events.c.data)
        .where(events.c.stream == stream, events.c.sequence > after)
        .order_by(events.c.sequence)
    ).mappings()
    return [StoredEvent.model_validate(row) for row in rows]
