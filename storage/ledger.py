"""Customer accounts as a double-entry ledger.

A transfer is written once and never changed; its id is its idempotency key. An account's balance
changes in the transaction that writes the transfer, so that it always is the sum of its transfers.
"""

from datetime import UTC, datetime

from sqlalchemy import Connection, func, or_, select, update

from domain.errors import ConflictError, InsufficientBalanceError
from storage import tables
from storage.insertion import insert_new

GIFTS = "gifts"
"""Where credits come from; what it is short of was given to customers."""

RECEIPTS = "receipts"
"""What customers paid from their accounts."""


def customer_account(customer_id: str) -> str:
    """The ledger's name for a customer's account."""
    return f"customer:{customer_id}"


def open_account(tx: Connection, account: str, currency: str, *, overdraft: bool = False) -> None:
    """Open an empty account; opening it again changes nothing."""
    if _balance(tx, account) is None:
        insert_new(
            tx,
            tables.accounts,
            {"id": account, "currency": currency, "balance": 0, "overdraft": overdraft},
        )


def balance(tx: Connection, account: str) -> int:
    """Cents on `account`, which must have been opened."""
    found = _balance(tx, account)
    if found is None:
        message = f"account {account!r} was never opened"
        raise LookupError(message)
    return found


def lock(tx: Connection, account: str) -> int:
    """As `balance`, and nobody else changes it until the transaction ends."""
    statement = select(tables.accounts.c.balance).where(tables.accounts.c.id == account)
    # Without the key: transfers that refer to the account need not wait.
    return tx.execute(statement.with_for_update(key_share=True)).scalar_one()


def find_transfer(tx: Connection, id: str) -> int | None:
    """The cents that the transfer moved; None if there is no such transfer."""
    statement = select(tables.transfers.c.amount).where(tables.transfers.c.id == id)
    return tx.execute(statement).scalar_one_or_none()


def transfer(tx: Connection, id: str, *, debit: str, credit: str, amount: int) -> bool:
    """Move `amount` cents from account `debit` to account `credit`; False if it was done before.

    Raises `ConflictError` if the id belongs to a transfer of another amount, and
    `InsufficientBalanceError` if the debited account would go below zero; the transaction is
    then to be given up.
    """
    values = {
        "id": id,
        "debit_account": debit,
        "credit_account": credit,
        "amount": amount,
        "currency": _currency(tx, credit),
        "at": datetime.now(UTC),
    }
    if not insert_new(tx, tables.transfers, values):
        known = find_transfer(tx, id)
        if known != amount:
            message = f"Transfer {id!r} moved {known} cents already, it can't move {amount}."
            raise ConflictError(message)
        return False
    # By name, so that two transfers between the same accounts never wait for each other in a
    # circle; customers' accounts come before ours, on which everybody waits.
    for account, change in sorted([(debit, -amount), (credit, amount)]):
        if not _add(tx, account, change):
            raise InsufficientBalanceError(account, amount)
    return True


def total(tx: Connection) -> int:
    """The sum of all balances: 0, or money was made or lost."""
    return int(
        tx.execute(select(func.coalesce(func.sum(tables.accounts.c.balance), 0))).scalar_one()
    )


def _balance(tx: Connection, account: str) -> int | None:
    statement = select(tables.accounts.c.balance).where(tables.accounts.c.id == account)
    return tx.execute(statement).scalar_one_or_none()


def _currency(tx: Connection, account: str) -> str:
    statement = select(tables.accounts.c.currency).where(tables.accounts.c.id == account)
    return tx.execute(statement).scalar_one()


def _add(tx: Connection, account: str, amount: int) -> bool:
    """False if the account does not hold what is to be taken from it."""
    accounts = tables.accounts
    after = accounts.c.balance + amount
    added = tx.execute(
        update(accounts)
        .where(accounts.c.id == account, or_(accounts.c.overdraft, after >= 0))
        .values(balance=after)
    )
    return added.rowcount == 1
