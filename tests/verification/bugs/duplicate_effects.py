"""Bugs in retries: a second execution has additional effects."""

from collections.abc import Sequence
from uuid import uuid4

import pytest
from sqlalchemy import Connection

from domain.events import DomainEvent
from domain.mail_templates import MailContent
from gateways.carrier import CarrierShipment, HttpCarrier, Parcel
from storage import events, outbox


def write_events_anew(patch: pytest.MonkeyPatch) -> None:
    """Events are appended without checking the idempotency key."""
    append = events.append

    def append_anew(tx: Connection, stream: str, event: DomainEvent, key: str) -> int | None:
        return append(tx, stream, event, f"{key}:{uuid4().hex[:8]}")

    patch.setattr(events, "append", append_anew)


def queue_mails_anew(patch: pytest.MonkeyPatch) -> None:
    """A mail's id is made for each execution."""
    queue = outbox.queue

    def queue_anew(tx: Connection, id: str, customer_id: str, content: MailContent) -> None:
        queue(tx, f"{id}:{uuid4().hex[:8]}", customer_id, content)

    patch.setattr(outbox, "queue", queue_anew)


def ship_without_reference(patch: pytest.MonkeyPatch) -> None:
    """The carrier can't recognise a repeated booking."""
    book = HttpCarrier.book

    def book_anew(
        self: HttpCarrier, reference: str, customer: str, parcels: Sequence[Parcel]
    ) -> CarrierShipment:
        return book(self, f"{reference}-{uuid4().hex[:8]}", customer, parcels)

    patch.setattr(HttpCarrier, "book", book_anew)
