"""Ledger transfers and mails in responses. Money is integer cents."""

from pydantic import AwareDatetime, BaseModel, ConfigDict


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
    """A mail to the customer; it waits for the mail server while it is neither sent nor refused.

    The text lacks what is added when it is sent, such as the link of a reminder.
    """

    model_config = ConfigDict(from_attributes=True)

    id: str
    kind: str
    subject: str
    text: str
    queued_at: AwareDatetime
    sent_at: AwareDatetime | None
    refused_at: AwareDatetime | None


class MailList(BaseModel):
    """Oldest first."""

    mails: list[MailResponse]
