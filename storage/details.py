"""Details of orders and payments: ledger transfers and mails."""

from datetime import datetime

from pydantic import AwareDatetime, BaseModel, ConfigDict
from sqlalchemy import Connection, Table, literal, or_, select

from storage import tables
from storage.ledger import customer_account


class Transfer(BaseModel):
    """A transfer of `amount` cents from account `debit` to account `credit`."""

    model_config = ConfigDict(frozen=True)

    id: str
    debit: str
    credit: str
    amount: int
    currency: str
    at: AwareDatetime


class StoredMail(BaseModel):
    """A mail as it was queued, or as it was sent, without the link that the mailer adds to it.

    A mail that is neither sent, refused nor obsolete waits: for what the `reason` says, or else for
    the mail server.
    """

    model_config = ConfigDict(frozen=True)

    id: str
    subject: str
    text: str
    queued_at: AwareDatetime
    sent_at: datetime | None
    refused_at: datetime | None
    obsolete_at: datetime | None
    reason: str | None

    @property
    def kind(self) -> str:
        """The kind of mail, e.g. `received`: the third part of its id."""
        return self.id.split(":")[2]


def transfers_of_payment(tx: Connection, payment_id: str, owner: str | None) -> list[Transfer]:
    """The transfers of the `owner`'s payment, oldest first; an `owner` of None owns all."""
    transfers, payments = tables.transfers, tables.payments
    account = literal(customer_account("")) + payments.c.customer_id
    rows = tx.execute(
        select(
            transfers.c.id,
            transfers.c.debit_account.label("debit"),
            transfers.c.credit_account.label("credit"),
            transfers.c.amount,
            transfers.c.currency,
            transfers.c.at,
        )
        .join(
            payments,
            # The account has an index; whether a pattern can use one depends on the locale.
            or_(transfers.c.debit_account == account, transfers.c.credit_account == account),
        )
        .where(
            payments.c.id == payment_id,
            tables.owned_by(owner, payments.c.customer_id),
            transfers.c.id.startswith(f"payment:{payment_id}:", autoescape=True),
        )
        .order_by(transfers.c.at, transfers.c.id)
    )
    return [Transfer.model_validate(row) for row in rows.mappings()]


def mails_of_order(tx: Connection, order_id: str, owner: str | None) -> list[StoredMail]:
    """The mails about the `owner`'s order and its payment, oldest first; None owns all."""
    return _mails(tx, tables.orders, order_id, owner, ("order", "payment"))


def mails_of_payment(tx: Connection, payment_id: str, owner: str | None) -> list[StoredMail]:
    """The mails about the `owner`'s payment, oldest first; None owns all."""
    return _mails(tx, tables.payments, payment_id, owner, ("payment",))


def _mails(
    tx: Connection, table: Table, id: str, owner: str | None, kinds: tuple[str, ...]
) -> list[StoredMail]:
    mails = tables.mails
    rows = tx.execute(
        select(*(mails.c[name] for name in StoredMail.model_fields))
        .join(table, mails.c.customer_id == table.c.customer_id)
        .where(
            table.c.id == id,
            tables.owned_by(owner, table.c.customer_id),
            or_(*(mails.c.id.startswith(f"{kind}:{id}:", autoescape=True) for kind in kinds)),
        )
        .order_by(mails.c.queued_at, mails.c.id)
    )
    return [StoredMail.model_validate(row) for row in rows.mappings()]
