"""Ledger transfers and mails in responses. Money is integer cents."""

from typing import Annotated, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from storage.operations import QueryResult


class TransferResponse(BaseModel):
    """A ledger transfer: `amount` from account `debit` to account `credit`; ids are unique."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    debit: str
    credit: str
    amount: int
    currency: str
    at: AwareDatetime


class TransferList(BaseModel):
    """Oldest first."""

    transfers: list[TransferResponse]


class MailResponse(BaseModel):
    """A mail to the customer; it waits while it is neither sent, refused nor obsolete.

    Refused: it can't be sent, for the `reason`. Obsolete: it was not true any more. The text is
    that of the time it was queued or sent, without the link that is added to a reminder.
    """

    model_config = ConfigDict(from_attributes=True)

    id: str
    kind: str
    subject: str
    text: str
    queued_at: AwareDatetime
    sent_at: AwareDatetime | None
    refused_at: AwareDatetime | None
    obsolete_at: AwareDatetime | None
    reason: str | None


class MailList(BaseModel):
    """Oldest first."""

    mails: list[MailResponse]


class ParkedMail(BaseModel):
    """A mail that can't be sent; `reason` is null if an older release parked it."""

    id: str
    customer_id: str
    subject: str
    reason: str | None
    since: AwareDatetime


class ParkedMails(BaseModel):
    """How many mails can't be sent, and the first 50 of them, the oldest first."""

    parked: int
    mails: list[ParkedMail]
    query: Annotated[str, Field(description="The SQL that was run.")]

    @classmethod
    def of(cls, found: QueryResult) -> Self:
        """Convert from the query's result."""
        return cls(
            parked=found.rows[0]["parked"] if found.rows else 0,
            mails=[ParkedMail.model_validate(dict(row)) for row in found.rows],
            query=found.query,
        )
