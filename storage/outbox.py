"""Mails to be sent: queued in the transaction of the event they tell of, sent by `mailer.py`.

A mail's id is a business key, so that an event that is written twice is told once. A mail is
due from `due_at` on, which only mailers say, by their clocks; one that is done with is due no more.
"""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from pydantic import AwareDatetime, BaseModel, ConfigDict
from sqlalchemy import Connection, func, select, update

from domain.mail_templates import MailContent
from storage import tables
from storage.insertion import insert_new

CLAIM_TIME = timedelta(minutes=1)
"""How long a mailer has for a mail before another one may take it for lost."""

AT_ONCE = datetime(1970, 1, 1, tzinfo=UTC)
"""When a mail not tried yet is due: its worker's clock may be weeks ahead of a mailer's."""


class QueuedMail(BaseModel):
    """A mail to `email`, to be sent as often as it takes until the mail server has it once."""

    model_config = ConfigDict(frozen=True)

    id: str
    email: str
    subject: str
    text: str
    queued_at: AwareDatetime


class Backlog(BaseModel):
    """How many mails are to be sent, and for how many seconds the oldest of them has been."""

    model_config = ConfigDict(frozen=True)

    mails: int
    seconds: float


_REMINDER = re.compile(r"payment:(?P<payment>.+):reminder:\d+")


def reminded_of(id: str) -> str | None:
    """The id of the payment that the mail asks a card for; None if it is another mail."""
    found = _REMINDER.fullmatch(id)
    return found["payment"] if found else None


def backlog(tx: Connection) -> Backlog:
    """What the mailer has still to do."""
    mails = tables.mails
    count, oldest = tx.execute(
        select(func.count(), func.min(mails.c.queued_at)).where(mails.c.due_at.is_not(None))
    ).one()
    seconds = (datetime.now(UTC) - oldest).total_seconds() if oldest else 0.0
    return Backlog(mails=count, seconds=max(seconds, 0.0))


def queue(tx: Connection, id: str, customer_id: str, content: MailContent) -> None:
    """Have the content mailed to the customer once; the same id again changes nothing."""
    insert_new(
        tx,
        tables.mails,
        {
            "id": id,
            "customer_id": customer_id,
            "subject": content.subject,
            "text": content.text,
            "queued_at": datetime.now(UTC),
            "due_at": AT_ONCE,
        },
    )


def claim(tx: Connection, limit: int) -> Sequence[QueuedMail]:
    """The `limit` mails due longest that nobody sends at the moment; they are the caller's now.

    Those that were not tried yet come first: they don't wait for others that fail again and again.
    """
    mails, customers = tables.mails, tables.customers
    now = datetime.now(UTC)
    rows = (
        tx.execute(
            select(mails.c.id, customers.c.email, mails.c.subject, mails.c.text, mails.c.queued_at)
            .join(customers, customers.c.id == mails.c.customer_id)
            .where(mails.c.due_at <= now)
            .order_by(mails.c.due_at, mails.c.queued_at, mails.c.id)
            .limit(limit)
            .with_for_update(of=mails, skip_locked=True)
        )
        .mappings()
        .all()
    )
    claimed = [QueuedMail.model_validate(row) for row in rows]
    if claimed:
        tx.execute(
            update(mails)
            .where(mails.c.id.in_([mail.id for mail in claimed]))
            .values(due_at=now + CLAIM_TIME)
        )
    return claimed


def mark_sent(tx: Connection, id: str) -> None:
    """The mail server has the mail."""
    _change(tx, id, due_at=None, sent_at=datetime.now(UTC))


def mark_refused(tx: Connection, id: str) -> None:
    """The mail server will never take the mail: it is kept, but not tried again."""
    _change(tx, id, due_at=None, refused_at=datetime.now(UTC))


def hand_back(tx: Connection, id: str, *, retry_after: timedelta) -> None:
    """The mail server did not take the mail; it may be tried again after that time."""
    _change(tx, id, due_at=datetime.now(UTC) + retry_after)


def _change(tx: Connection, id: str, **values: datetime | None) -> None:
    tx.execute(update(tables.mails).where(tables.mails.c.id == id).values(values))
