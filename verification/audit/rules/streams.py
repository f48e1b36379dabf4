"""Events: a stream for everything there is, without a gap."""

from itertools import pairwise

from verification.audit.snapshot import World
from verification.audit.violation import Findings


def every_stream_is_somebodys(world: World) -> Findings:
    """Every order and payment has one, and every one is of an order or a payment."""
    expected = {f"order/{id}" for id in world.orders} | {f"payment/{id}" for id in world.payments}
    for stream in expected - world.events.keys():
        yield stream.replace("/", " "), "has no events"
    for stream in world.events.keys() - expected:
        yield stream.replace("/", " "), "has events, but is not there"


def events_are_numbered_from_1(world: World) -> Findings:
    """Without a gap."""
    for stream, events in world.events.items():
        numbers = [event.sequence for event in events]
        if numbers != list(range(1, len(events) + 1)):
            yield stream.replace("/", " "), f"events are numbered {numbers}"


def no_event_is_older_than_the_one_before(world: World) -> Findings:
    """A stream read from top to bottom is a timeline."""
    for stream, events in world.events.items():
        for before, event in pairwise(events):
            if event.at < before.at:
                found = f"{event.type} at {event.at}, after {before.type} at {before.at}"
                yield stream.replace("/", " "), found
