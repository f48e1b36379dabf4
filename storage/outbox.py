"""Mails to be sent: queued in the transaction of the event they are about, sent by `mailer.py`.

A mail's id is a business key, so that each event is mailed once. A mail is due from `due_at` on, by
the mailers' clocks; once it is sent, obsolete or refused, `due_at` is null. A refused mail is
parked with the `reason`, until an operator makes it due again.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import AwareDatetime, BaseModel, ConfigDict
from sqlalchemy import ColumnElement, Connection, bindparam, func, literal, select, update

from domain.mail_templates import MailContent
from storage import tables
from storage.insertion import insert_new

CLAIM_TIME = timedelta(minutes=1)
"""How long a mailer may take to send a mail before another mailer may claim it."""

WITHHELD = "Whether it is true is not decided yet."
"""The `reason` of a mail that waits for a charge or a refund, not for the mail server."""

IMMEDIATELY = datetime(1970, 1, 1, tzinfo=UTC)
"""`due_at` of a new mail; not the time of the worker, whose clock may be weeks ahead."""


_BY_ID = update(tables.mails).where(tables.mails.c.id == bindparam("mail"))
_MARK_SENT = _BY_ID.values(due_at=None, sent_at=bindparam("now"), reason=None)
_CLAIM = (
    update(tables.mails)
    .where(tables.mails.c.id.in_(bindparam("mails", expanding=True)))
    .values(due_at=bindparam("until"))
)
_DUE = (
    select(
        tables.mails.c.id,
        tables.customers.c.email,
        tables.mails.c.subject,
        tables.mails.c.text,
        tables.mails.c.queued_at,
        tables.mails.c.deferred_at,
    )
    .join(tables.customers, tables.customers.c.id == tables.mails.c.customer_id)
    .where(tables.mails.c.due_at <= bindparam("now"))
    .order_by(tables.mails.c.due_at, tables.mails.c.queued_at, tables.mails.c.id)
    .limit(bindparam("limit"))
    .with_for_update(of=tables.mails, skip_locked=True)
)


class QueuedMail(BaseModel):
    """A mail to the address `email`, to be sent until the mail server accepts it."""

    model_config = ConfigDict(frozen=True)

    id: str
    email: str
    subject: str
    text: str
    queued_at: AwareDatetime
    deferred_at: AwareDatetime | None = None
    """Since when something about this mail alone keeps it from being sent."""


class Backlog(BaseModel):
    """The number of mails to be sent, the age of the oldest in seconds, and how many are parked.

    The age is that of mails that could be sent: a withheld one may wait for days.
    """

    model_config = ConfigDict(frozen=True)

    mails: int
    seconds: float
    parked: int


def backlog(tx: Connection) -> Backlog:
    """The mails that are still to be sent, and those that could not be."""
    mails = tables.mails
    is_sendable = mails.c.reason.is_(None) | (mails.c.reason != WITHHELD)
    count, oldest = tx.execute(
        select(func.count(), func.min(mails.c.queued_at).filter(is_sendable)).where(
            mails.c.due_at.is_not(None)
        )
    ).one()
    parked = tx.execute(select(func.count()).where(mails.c.refused_at.is_not(None))).scalar_one()
    seconds = (datetime.now(UTC) - oldest).total_seconds() if oldest else 0.0
    return Backlog(mails=count, seconds=max(seconds, 0.0), parked=parked)


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


def claim(tx: Connection, limit: int) -> list[QueuedMail]:
    """Claim up to `limit` due mails for the caller, those due longest first.

    New mails come first: they don't wait for mails that keep failing.
    """
    now = datetime.now(UTC)
    rows = tx.execute(_DUE, {"now": now, "limit": limit}).mappings().all()
    claimed = [QueuedMail.model_validate(row) for row in rows]
    if claimed:
        tx.execute(_CLAIM, {"mails": [mail.id for mail in claimed], "until": now + CLAIM_TIME})
    return claimed


def rewrite(tx: Connection, id: str, content: MailContent) -> None:
    """Store what the mail says now that it is sent."""
    _change(tx, id, subject=content.subject, text=content.text)


def mark_sent(tx: Connection, id: str) -> None:
    """Record that the mail server accepted the mail."""
    tx.execute(_MARK_SENT, {"mail": id, "now": datetime.now(UTC)})


def mark_obsolete(tx: Connection, id: str) -> None:
    """Record that what the mail says is not true any more; it is not sent."""
    _change(tx, id, due_at=None, obsolete_at=datetime.now(UTC), reason=None)


def park(tx: Connection, id: str, *, reason: str) -> None:
    """Record why the mail can't be sent; it is not tried again."""
    now = datetime.now(UTC)
    _change(tx, id, due_at=None, refused_at=now, reason=reason, deferred_at=None)


def release(tx: Connection, id: str) -> None:
    """Make a claimed mail due again that was not tried."""
    _change(tx, id, due_at=datetime.now(UTC))


def hand_back(tx: Connection, id: str, *, retry_after: timedelta) -> None:
    """Make the mail due again after that time."""
    _change(tx, id, due_at=datetime.now(UTC) + retry_after, reason=None)


def defer(tx: Connection, id: str, *, retry_after: timedelta, reason: str) -> None:
    """As `hand_back`, for a `reason` that concerns this mail alone; records since when."""
    now, deferred_at = datetime.now(UTC), tables.mails.c.deferred_at
    _change(
        tx,
        id,
        due_at=now + retry_after,
        reason=reason,
        deferred_at=func.coalesce(deferred_at, literal(now, deferred_at.type)),
    )


def withhold(tx: Connection, id: str, *, retry_after: timedelta) -> None:
    """See after that time whether what the mail says is true by then."""
    _change(tx, id, due_at=datetime.now(UTC) + retry_after, reason=WITHHELD)


def _change(tx: Connection, id: str, **values: datetime | str | ColumnElement[Any] | None) -> None:
    tx.execute(_BY_ID.values(values), {"mail": id})
