"""Streams of domain events, one per order and payment, numbered from 1.

A stream's id is its workflow's: `order/<id>` or `payment/<id>`.
"""

from functools import cache
from typing import Any

from pydantic import AwareDatetime, BaseModel, ConfigDict
from sqlalchemy import Connection, bindparam, func, select
from sqlalchemy.sql.dml import ReturningInsert

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


_WITH_KEY = select(tables.events.c.sequence).where(
    tables.events.c.stream == bindparam("stream"), tables.events.c.key == bindparam("key")
)


def has(tx: Connection, stream: str, key: str) -> bool:
    """Whether the stream has an event with this business key."""
    return tx.execute(_WITH_KEY, {"stream": stream, "key": key}).first() is not None


def keys(tx: Connection, stream: str) -> set[str]:
    """The business keys of all events of the stream."""
    events = tables.events
    return set(tx.execute(select(events.c.key).where(events.c.stream == stream)).scalars())


def append(tx: Connection, stream: str, event: DomainEvent, key: str) -> int | None:
    """Append the event to its stream; its number there, None if the stream has the key already."""
    values = {
        "stream": stream,
        "of_stream": stream,
        "key": key,
        "type": event.name(),
        "at": event.at,
        "data": event.data(),
    }
    return tx.execute(_append(tx.dialect.name), values).scalar_one_or_none()


@cache
def _append(dialect: str) -> ReturningInsert[Any]:
    events = tables.events
    of_stream = events.c.stream == bindparam("of_stream")
    last = select(func.coalesce(func.max(events.c.sequence), 0)).where(of_stream)
    return (
        insert_for(dialect, events)
        .values(sequence=last.scalar_subquery() + 1)
        .on_conflict_do_nothing(index_elements=[events.c.stream, events.c.key])
        .returning(events.c.sequence)
    )


def of_stream(tx: Connection, stream: str, *, after: int = 0) -> list[StoredEvent]:
    """The stream's events in order, from sequence number `after` + 1."""
    events = tables.events
    rows = tx.execute(
        select(events.c.sequence, events.c.type, events.c.at, events.c.data)
        .where(events.c.stream == stream, events.c.sequence > after)
        .order_by(events.c.sequence)
    ).mappings()
    return [StoredEvent.model_validate(row) for row in rows]
