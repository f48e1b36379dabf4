"""Mails to be sent: queued in the transaction of the event they are about, sent by `mailer.py`.

A mail's id is a business key, so that each event is mailed once. A mail is due from `due_at` on, by
the mailers' clocks; once it is sent or refused, `due_at` is null.
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
"""How long a mailer may take to send a mail before another mailer may claim it."""

IMMEDIATELY = datetime(1970, 1, 1, tzinfo=UTC)
"""`due_at` of a new mail; not the time of the worker, whose clock may be weeks ahead."""


class QueuedMail(BaseModel):
    """A mail to the address `email`, to be sent until the mail server accepts it."""

    model_config = ConfigDict(frozen=True)

    id: str
    email: str
    subject: str
    text: str
    queued_at: AwareDatetime


class Backlog(BaseModel):
    """The number of mails to be sent, and the age of the oldest in seconds."""

    model_config = ConfigDict(frozen=True)

    mails: int
    seconds: float


_REMINDER = re.compile(r"payment:(?P<payment>.+):reminder:\d+")


def payment_of_reminder(id: str) -> str | None:
    """The id of the payment that the mail with this id is a reminder of; None for other mails."""
    found = _REMINDER.fullmatch(id)
    return found["payment"] if found else None


def backlog(tx: Connection) -> Backlog:
    """The mails that are still to be sent."""
    mails = tables.mails
    count, oldest = tx.execute(
        select(func.count(), func.min(mails.c.queued_at)).where(mails.c.due_at.is_not(None))
    ).one()
    seconds = (datetime.now(UTC) - oldest).total_seconds() if oldest else 0.0
    return Backlog(mails=count, seconds=max(seconds, 0.0))


def queue(tx: Connection, id: str, customer_id: str, content: MailContent) -> None:
    """Queue a mail to the customer; repeating with the same id changes nothing."""
    insert_new(
        tx,
        tables.mails,
        {
            "id": id,
            "customer_id": customer_id,
            "subject": content.subject,
            "text": content.text,
            "queued_at": datetime.now(UTC),
            "due_at": IMMEDIATELY,
        },
    )


def claim(tx: Connection, limit: int) -> Sequence[QueuedMail]:
    """Claim up to `limit` due mails for the caller, those due longest first.

    New mails come first: they don't wait for mails that keep failing.
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
    """Record that the mail server accepted the mail."""
    _change(tx, id, due_at=None, sent_at=datetime.now(UTC))


def mark_refused(tx: Connection, id: str) -> None:
    """Record that the mail server refused the mail for good; it is not sent again."""
    _change(tx, id, due_at=None, refused_at=datetime.now(UTC))


def hand_back(tx: Connection, id: str, *, retry_after: timedelta) -> None:
    """Make the mail due again after that time."""
    _change(tx, id, due_at=datetime.now(UTC) + retry_after)


def _change(tx: Connection, id: str, **values: datetime | None) -> None:
    tx.execute(update(tables.mails).where(tables.mails.c.id == id).values(values))
