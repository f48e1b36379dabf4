"""What there is of a payment or an order besides itself, over the wire. Money is integer cents."""

from pydantic import AwareDatetime, BaseModel, ConfigDict


class Transfer(BaseModel):
    """A line of the ledger: `amount` from account `debit` to account `credit`, once for its id."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    debit: str
    credit: str
    amount: int
    currency: str
    at: AwareDatetime


class TransferList(BaseModel):
    """The oldest first."""

    transfers: list[Transfer]


class Mail(BaseModel):
    """A mail to the customer; neither sent nor refused, it waits for the mail server.

    What is made when it is sent, as the link of a reminder, is not in its text.
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
    """The oldest first."""

    mails: list[Mail]
