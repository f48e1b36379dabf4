"""Events without the mail that this release queues about them: an older release recorded them.

Migration 0010 has written mails for the events before it. But the release before may record more
while it still runs beside this one, or after it was started again. Those are searched for in steps
of a bounded size, in the order of streams and events; each step begins where the last one ended,
whichever mailer took it.
"""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from time import monotonic

from sqlalchemy import Connection, select, tuple_, update

from domain.events import (
    AmountCredited,
    CreditCardFailed,
    CreditCardRefunded,
    OrderNotFulfilled,
    PaymentCanceled,
)
from domain.mail_templates import MailContent
from storage import notifications, outbox, tables
from storage.database import UNAVAILABLE, Database
from storage.insertion import insert_new

log = logging.getLogger(__name__)

EVENTS_PER_STEP = 1000
"""How many events one step reads at most: a fraction of a second's work."""

MAILS_PER_STEP = 50
"""How many mails one step queues at most: each takes several statements."""

RETRY_SECONDS = 8.0
"""Pause after a step that failed."""

SEARCH_SECONDS = 3600.0
"""Pause after all events were searched."""

_NAME = "missed_mails"
_START = ("", 0)
_KINDS = {
    ("payment", CreditCardFailed.name()): "failed",
    ("payment", CreditCardRefunded.name()): "refunded:{}",
    ("payment", AmountCredited.name()): "credited:{}",
    ("order", OrderNotFulfilled.name()): "canceled",
}
_OWNERS = {"payment": tables.payments, "order": tables.orders}


@dataclass(frozen=True)
class Step:
    """How many mails a step queued, and whether it was the last one before the next search."""

    queued: int
    is_last: bool


@dataclass(frozen=True)
class _Event:
    stream: str
    sequence: int
    type: str

    @property
    def position(self) -> tuple[str, int]:
        return self.stream, self.sequence

    @property
    def owner(self) -> tuple[str, str]:
        subject, _, id = self.stream.partition("/")
        return subject, id

    @property
    def mail_id(self) -> str | None:
        subject, id = self.owner
        kind = _KINDS.get((subject, self.type))
        return kind and f"{subject}:{id}:{kind.format(self.sequence)}"


class Search:
    """The search of one mailer, step by step."""

    def __init__(self, database: Database) -> None:
        """The first step is due at once."""
        self._database = database
        self._due = 0.0

    def take_step_if_due(self) -> None:
        """Take the next step; whatever goes wrong is logged, and must not stop the mails."""
        if monotonic() < self._due:
            return
        pause = 0.0
        try:
            with self._database.write() as tx:
                step = take_step(tx)
        except Exception as error:
            trace = None if isinstance(error, UNAVAILABLE) else error
            log.warning("could not search for missed mails: %s", type(error), exc_info=trace)
            pause = RETRY_SECONDS
        else:
            if step.queued:
                log.warning(
                    "queued %d mails about events that an older release recorded", step.queued
                )
            if step.is_last:
                pause = SEARCH_SECONDS
        self._due = monotonic() + pause


def take_step(tx: Connection) -> Step:
    """Search the next events and queue the mails that they lack.

    Mailers take turns. A mail that can't be written is parked with its reason, or if even that
    fails is logged, and stops no other one. Raises the errors that are `UNAVAILABLE`.
    """
    found = _next_events(tx, _lock_position(tx))
    is_last = len(found) < EVENTS_PER_STEP
    missed = list(_missed(tx, found))
    if len(missed) > MAILS_PER_STEP:
        found = found[: found.index(missed[MAILS_PER_STEP])]
        is_last = False
    _save_position(tx, _START if is_last else found[-1].position)
    customers = _customers(tx, missed)
    queued = 0
    for event in missed[:MAILS_PER_STEP]:
        # Without an owner there is nobody to notify.
        if event.mail_id and (customer_id := customers.get(event.owner)):
            queued += _queue(tx, event.mail_id, customer_id)
    return Step(queued, is_last)


def _lock_position(tx: Connection) -> tuple[str, int]:
    """The last event that was searched; others wait for their turn."""
    table = tables.scan_positions
    stream, sequence = _START
    insert_new(tx, table, {"name": _NAME, "stream": stream, "sequence": sequence})
    row = tx.execute(
        select(table.c.stream, table.c.sequence).where(table.c.name == _NAME).with_for_update()
    ).one()
    return row.stream, row.sequence


def _save_position(tx: Connection, position: tuple[str, int]) -> None:
    stream, sequence = position
    table = tables.scan_positions
    tx.execute(update(table).where(table.c.name == _NAME).values(stream=stream, sequence=sequence))


def _next_events(tx: Connection, after: tuple[str, int]) -> Sequence[_Event]:
    events = tables.events
    last = tuple_(*after, types=[events.c.stream.type, events.c.sequence.type])
    rows = tx.execute(
        select(events.c.stream, events.c.sequence, events.c.type)
        .where(tuple_(events.c.stream, events.c.sequence) > last)
        .order_by(events.c.stream, events.c.sequence)
        .limit(EVENTS_PER_STEP)
    )
    return [_Event(row.stream, row.sequence, row.type) for row in rows]


def _missed(tx: Connection, found: Sequence[_Event]) -> Iterator[_Event]:
    """Those that should have a mail and have none; the first one of each mail."""
    mails = tables.mails
    ids = {event.mail_id for event in found} - {None}
    known = set(tx.execute(select(mails.c.id).where(mails.c.id.in_(ids))).scalars())
    canceled = _cancellations(tx, found)
    for event in found:
        if event.mail_id is None or event.mail_id in known:
            continue
        known.add(event.mail_id)
        is_in_mail_of_cancellation = event.sequence > canceled.get(event.stream, event.sequence)
        if event.type != AmountCredited.name() or not is_in_mail_of_cancellation:
            yield event


def _cancellations(tx: Connection, found: Sequence[_Event]) -> dict[str, int]:
    """By stream of a payment that was canceled, the number of that event."""
    events = tables.events
    streams = {event.stream for event in found if event.type == AmountCredited.name()}
    rows = tx.execute(
        select(events.c.stream, events.c.sequence).where(
            events.c.stream.in_(streams), events.c.type == PaymentCanceled.name()
        )
    )
    return {row.stream: row.sequence for row in rows}


def _customers(tx: Connection, missed: Sequence[_Event]) -> dict[tuple[str, str], str]:
    """The recipient by subject and id."""
    customers: dict[tuple[str, str], str] = {}
    for subject, table in _OWNERS.items():
        ids = {event.owner[1] for event in missed if event.owner[0] == subject}
        rows = tx.execute(select(table.c.id, table.c.customer_id).where(table.c.id.in_(ids)))
        customers |= {(subject, row.id): row.customer_id for row in rows}
    return customers


def _queue(tx: Connection, mail_id: str, customer_id: str) -> bool:
    """Whether the mail is queued."""
    try:
        with tx.begin_nested():
            notifications.queue(tx, mail_id, customer_id)
    except UNAVAILABLE:
        raise
    except Exception as error:
        log.exception("Could not write mail %s.", mail_id)
        _park(tx, mail_id, customer_id, f"fault of the mailer ({type(error).__name__})")
        return False
    return True


def _park(tx: Connection, mail_id: str, customer_id: str, reason: str) -> None:
    """It is written anew once an operator has made it due."""
    unwritten = MailContent(subject="Not written", text=reason)
    try:
        with tx.begin_nested():
            outbox.queue(tx, mail_id, customer_id, unwritten)
            outbox.park(tx, mail_id, reason=reason)
    except UNAVAILABLE:
        raise
    except Exception:
        log.exception("Could not park mail %s.", mail_id)
