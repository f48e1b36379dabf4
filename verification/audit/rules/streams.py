"""Event streams: one for each order and payment, numbered without a gap."""

from itertools import pairwise

from verification.audit.snapshot import Snapshot
from verification.audit.violation import Findings


def every_stream_belongs_to_an_order_or_payment(snapshot: Snapshot) -> Findings:
    """Every order and payment has a stream, and every stream has its order or payment."""
    expected = {f"order/{id}" for id in snapshot.orders} | {
        f"payment/{id}" for id in snapshot.payments
    }
    for stream in expected - snapshot.events.keys():
        yield stream.replace("/", " "), "has no events"
    for stream in snapshot.events.keys() - expected:
        yield stream.replace("/", " "), "has events, but does not exist"


def events_are_numbered_from_1(snapshot: Snapshot) -> Findings:
    """Without a gap."""
    for stream, events in snapshot.events.items():
        numbers = [event.sequence for event in events]
        if numbers != list(range(1, len(events) + 1)):
            yield stream.replace("/", " "), f"events are numbered {numbers}"


def no_event_is_older_than_the_one_before(snapshot: Snapshot) -> Findings:
    """A stream read from top to bottom is a timeline."""
    for stream, events in snapshot.events.items():
        for before, event in pairwise(events):
            if event.at < before.at:
                found = f"{event.type} at {event.at}, after {before.type} at {before.at}"
                yield stream.replace("/", " "), found
