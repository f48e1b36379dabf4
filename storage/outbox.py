"""Mails to be sent: queued in the transaction of the event they tell of, sent by `mailer.py`.

A mail's id is a business key, so that an event that is written twice is told once.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from pydantic import BaseModel, ConfigDict
from sqlalchemy import Connection, insert, or_, select, update

from domain.letters import Letter
from storage import tables

CLAIM_TIME = timedelta(minutes=1)
"""How long a mailer has for a mail before another one may take it for lost."""


class QueuedMail(BaseModel):
    """A mail to `email`, to be sent as often as it takes until the mail server has it once."""

    model_config = ConfigDict(frozen=True)

    id: str
    email: str
    subject: str
    text: str


def queue(tx: Connection, id: str, customer_id: str, letter: Letter) -> None:
    """Have the letter mailed to the customer once; the same id again changes nothing."""
    mails = tables.mails
    if tx.execute(select(mails.c.id).where(mails.c.id == id)).first() is None:
        tx.execute(
            insert(mails).values(
                id=id,
                customer_id=customer_id,
                subject=letter.subject,
                text=letter.text,
                queued_at=datetime.now(UTC),
            )
        )


def claim(tx: Connection, limit: int) -> Sequence[QueuedMail]:
    """The oldest `limit` mails that nobody sends at the moment; they are the caller's now."""
    mails, customers = tables.mails, tables.customers
    now = datetime.now(UTC)
    rows = tx.execute(
        select(mails.c.id, customers.c.email, mails.c.subject, mails.c.text)
        .join(customers, customers.c.id == mails.c.customer_id)
        .where(
            mails.c.sent_at.is_(None),
            or_(mails.c.claimed_until.is_(None), mails.c.claimed_until < now),
        )
        .order_by(mails.c.queued_at)
        .limit(limit)
        .with_for_update(of=mails, skip_locked=True)
    ).all()
    claimed = [QueuedMail.model_validate(row._mapping) for row in rows]  # noqa: SLF001 public by documentation
    if claimed:
        tx.execute(
            update(mails)
            .where(mails.c.id.in_([mail.id for mail in claimed]))
            .values(claimed_until=now + CLAIM_TIME)
        )
    return claimed


def mark_sent(tx: Connection, id: str) -> None:
    """The mail server has the mail."""
    mails = tables.mails
    tx.execute(update(mails).where(mails.c.id == id).values(sent_at=datetime.now(UTC)))


def hand_back(tx: Connection, id: str, *, retry_after: timedelta) -> None:
    """The mail server did not take the mail; it may be tried again after that time."""
    mails = tables.mails
    again = datetime.now(UTC) + retry_after
    tx.execute(update(mails).where(mails.c.id == id).values(claimed_until=again))
