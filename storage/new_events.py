"""New events of many streams at once, in as many statements as for one."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from domain.statuses import OrderStatus, PaymentStatus, payment_workflow_id
from storage import tables
from storage.events import StoredEvent


@dataclass(frozen=True)
class NewEvents:
    """What one look at several streams found, all of it in one snapshot."""

    by_stream: Mapping[str, list[StoredEvent]]
    """In order; a stream without new events is missing."""

    complete: frozenset[str]
    """The streams that expect no more events; a received payment may still be refunded later."""


def read_new(tx: Connection, seen: Mapping[str, int]) -> NewEvents:
    """The events after the given sequence number of each stream, which is an order's or payment's.

    The stream of an order's payment is also complete if the order ended without requesting it.
    """
    found: dict[str, list[StoredEvent]] = defaultdict(list)
    for stream, event in _events_after(tx, seen):
        found[stream].append(event)
    return NewEvents(found, _complete(tx, seen))


def _events_after(tx: Connection, seen: Mapping[str, int]) -> Iterator[tuple[str, StoredEvent]]:
    events = tables.events
    last = (
        select(events.c.stream, func.max(events.c.sequence))
        .where(events.c.stream.in_(seen))
        .group_by(events.c.stream)
    )
    moved = {stream for stream, sequence in tx.execute(last) if sequence > seen[stream]}
    if not moved:
        return
    rows = tx.execute(
        select(events.c.stream, events.c.sequence, events.c.type, events.c.at, events.c.data)
        .where(
            events.c.stream.in_(moved),
            events.c.sequence > min(seen[stream] for stream in moved),
        )
        .order_by(events.c.stream, events.c.sequence)
    ).mappings()
    for row in rows:
        if row["sequence"] > seen[row["stream"]]:
            yield row["stream"], StoredEvent.model_validate(row)


def _complete(tx: Connection, streams: Collection[str]) -> frozenset[str]:
    orders, payments = tables.orders, tables.payments
    ids = {_id(stream) for stream in streams}
    final = orders.c.status.in_([status for status in OrderStatus if status.is_final])
    ended = set(tx.execute(select(orders.c.id).where(orders.c.id.in_(ids), final)).scalars())
    held = payments.c.withdrawn + payments.c.charged
    rows = tx.execute(select(payments.c.id, payments.c.status, held).where(payments.c.id.in_(ids)))
    paid = {id: _is_complete(PaymentStatus(status), held) for id, status, held in rows}

    def is_complete(stream: str) -> bool:
        id = _id(stream)
        return paid.get(id, id in ended) if stream == payment_workflow_id(id) else id in ended

    return frozenset(filter(is_complete, streams))


def _id(stream: str) -> str:
    return stream.partition("/")[2]


def _is_complete(status: PaymentStatus, held: int) -> bool:
    """Whether a payment that holds so many cents has ended, and no refund is under way."""
    if status is PaymentStatus.CANCELED:
        return held == 0
    return not status.is_open and status is not PaymentStatus.REFUNDING
