"""Counts in our database, and waits until they are reached."""

import asyncio
import time
from collections.abc import Callable

from sqlalchemy import func, select

from domain.statuses import PaymentStatus
from storage import outbox, tables
from storage.database import Database
from verification.bench.errors import InvalidMeasurementError

POLL_SECONDS = 0.2

STALLED_SECONDS = 120.0
"""A count that did not change for so long will not be reached."""


class Counts:
    """What is in our database now."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def waiting(self) -> int:
        """The payments that wait for a card."""
        payments = tables.payments
        statement = select(func.count()).where(payments.c.status == PaymentStatus.AWAITING_CARD)
        with self._database.read() as tx:
            return tx.execute(statement).scalar_one()

    def reminders(self) -> int:
        """CustomerReminded, of all payments."""
        statement = select(func.coalesce(func.sum(tables.payments.c.reminders_sent), 0))
        with self._database.read() as tx:
            return int(tx.execute(statement).scalar_one())

    def reminders_mailed(self) -> int:
        """The reminders that the mail server has accepted."""
        mails = tables.mails
        statement = select(func.count()).where(
            mails.c.id.like("payment:%:reminder:%"), mails.c.sent_at.is_not(None)
        )
        with self._database.read() as tx:
            return tx.execute(statement).scalar_one()

    def unsent_mails(self) -> int:
        """The mails that are still to be sent."""
        with self._database.read() as tx:
            return outbox.backlog(tx).mails


async def until(count: Callable[[], int], total: int, what: str) -> float:
    """Seconds until the count is `total`. Raises InvalidMeasurementError if it stands still."""
    begun = changed = time.monotonic()
    last = count()
    while last != total:
        await asyncio.sleep(POLL_SECONDS)
        now, seen = time.monotonic(), count()
        if seen != last:
            last, changed = seen, now
        elif now - changed > STALLED_SECONDS:
            message = f"{what}: {seen} instead of {total}, unchanged for {STALLED_SECONDS:.0f} s"
            raise InvalidMeasurementError(message)
    return time.monotonic() - begun
