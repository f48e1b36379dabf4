"""Customer accounts as a double-entry ledger.

A transfer is inserted once and never changed; its id is its idempotency key. The same transaction
changes the balances of both accounts, so that a balance is always the sum of its transfers.
"""

from datetime import UTC, datetime

from sqlalchemy import Connection, func, or_, select, update

from domain.errors import ConflictError, InsufficientBalanceError
from storage import tables
from storage.insertion import insert_new

GIFTS = "gifts"
"""The account that credits come from; its negative balance is the sum of all credits."""

RECEIPTS = "receipts"
"""The account that receives what customers pay from their accounts."""


def customer_account(customer_id: str) -> str:
    """The id of a customer's account."""
    return f"customer:{customer_id}"


def open_account(tx: Connection, account: str, currency: str, *, overdraft: bool = False) -> None:
    """Open an empty account; repeating changes nothing."""
    if _balance(tx, account) is None:
        insert_new(
            tx,
            tables.accounts,
            {"id": account, "currency": currency, "balance": 0, "overdraft": overdraft},
        )


def balance(tx: Connection, account: str) -> int:
    """The balance in cents; raises `LookupError` if the account was never opened."""
    found = _balance(tx, account)
    if found is None:
        message = f"account {account!r} was never opened"
        raise LookupError(message)
    return found


def lock(tx: Connection, account: str) -> int:
    """As `balance`, locked until the transaction ends."""
    statement = select(tables.accounts.c.balance).where(tables.accounts.c.id == account)
    # Without the key, so that inserting transfers of the account does not wait.
    return tx.execute(statement.with_for_update(key_share=True)).scalar_one()


def find_transfer(tx: Connection, id: str) -> int | None:
    """The transfer's amount in cents; None if the transfer does not exist."""
    statement = select(tables.transfers.c.amount).where(tables.transfers.c.id == id)
    return tx.execute(statement).scalar_one_or_none()


def transfer(tx: Connection, id: str, *, debit: str, credit: str, amount: int) -> bool:
    """Transfer `amount` cents from account `debit` to `credit`; False if that was done before.

    Raises `ConflictError` if a transfer of another amount has this id, and
    `InsufficientBalanceError` if the debited account would go below zero. The caller must roll the
    transaction back then.
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
    # Sorted by account, so that two transfers between the same accounts never deadlock. The
    # customers' accounts come before the shared ones, which are then locked for a shorter time.
    for account, change in sorted([(debit, -amount), (credit, amount)]):
        if not _add(tx, account, change):
            raise InsufficientBalanceError(account, amount)
    return True


def total(tx: Connection) -> int:
    """The sum of all balances; anything but 0 is an error."""
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
    """Change the balance; False if it would go below zero and the account has no overdraft."""
    accounts = tables.accounts
    after = accounts.c.balance + amount
    added = tx.execute(
        update(accounts)
        .where(accounts.c.id == account, or_(accounts.c.overdraft, after >= 0))
        .values(balance=after)
    )
    return added.rowcount == 1
