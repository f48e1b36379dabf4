"""Customer accounts and card money as a double-entry ledger.

A transfer is inserted once and never changed; its id is its idempotency key. The same transaction
changes the balances of both accounts, so that a balance is always the sum of its transfers.
"""

from collections.abc import Mapping
from datetime import UTC, datetime

from sqlalchemy import Connection, bindparam, func, or_, select, update

from domain.errors import InsufficientBalanceError
from storage import tables
from storage.insertion import insert_new

GIFTS = "gifts"
"""The account that credits come from; its negative balance is the sum of all credits."""

RECEIPTS = "receipts"
"""The account that receives what customers pay, from their accounts and with their cards."""

CARDS = "cards:stripe"
"""The card provider's clearing account; its negative balance is what the provider holds for us."""

_OURS = {GIFTS, RECEIPTS, CARDS}
"""Accounts that their first transfer opens, and that may be overdrawn."""


class LedgerFaultError(Exception):
    """A transfer contradicts what the ledger holds: a fault of ours, not of who requested it.

    Nothing is transferred. The step is retried until somebody has corrected the cause.
    """

    def __init__(self, message: str) -> None:
        """`message` names the transfer, and what contradicts it."""
        super().__init__(
            f"{message} Nothing was transferred; correct the ledger's rows or the program, then "
            "the next retry continues. See LedgerFaultError in docs/operations.md."
        )


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
        raise _never_opened(account)
    return found


_BALANCE = select(tables.accounts.c.balance).where(tables.accounts.c.id == bindparam("account"))
# Without the key, so that inserting transfers of the account does not wait.
_LOCKED_BALANCE = _BALANCE.with_for_update(key_share=True)


def lock(tx: Connection, account: str) -> int:
    """As `balance`, locked until the transaction ends."""
    return tx.execute(_LOCKED_BALANCE, {"account": account}).scalar_one()


_TRANSFER = select(tables.transfers).where(tables.transfers.c.id == bindparam("id"))


def find_transfer(tx: Connection, id: str) -> int | None:
    """The transfer's amount in cents; None if the transfer does not exist."""
    row = tx.execute(_TRANSFER, {"id": id}).one_or_none()
    return None if row is None else row.amount


def transfer(  # noqa: PLR0913  what a transfer is
    tx: Connection, id: str, *, debit: str, credit: str, amount: int, currency: str
) -> bool:
    """Transfer `amount` cents from account `debit` to `credit`; False if that was done before.

    Raises `LedgerFaultError` if one of the accounts has another currency, or if a transfer of
    another amount, or between other accounts, has this id; `InsufficientBalanceError` if the
    debited account would go below zero. The caller must roll the transaction back then.
    """
    currencies = _currencies(tx, debit, credit)
    if unopened := _OURS & {debit, credit} - currencies.keys():
        for account in sorted(unopened):
            open_account(tx, account, currency, overdraft=True)
        currencies = _currencies(tx, debit, credit)
    for account in (debit, credit):
        if (held := currencies.get(account)) is None:
            raise _never_opened(account)
        if held != currency:
            message = f"Transfer {id!r} is of {amount} {currency} cents, but {account!r} is {held}."
            raise LedgerFaultError(message)
    values = {
        "id": id,
        "debit_account": debit,
        "credit_account": credit,
        "amount": amount,
        "currency": currency,
        "at": datetime.now(UTC),
    }
    if not insert_new(tx, tables.transfers, values):
        row = tx.execute(_TRANSFER, {"id": id}).mappings().one()
        known = {name: row[name] for name in values}
        if any(known[name] != values[name] for name in values if name != "at"):
            message = f"Transfer {id!r} was {_described(known)}; it can't be {_described(values)}."
            raise LedgerFaultError(message)
        return False
    # Sorted by account, so that two transfers between the same accounts never deadlock. The
    # customers' accounts come before the shared ones, which are then locked for a shorter time.
    for account, change in sorted([(debit, -amount), (credit, amount)]):
        if not _add(tx, account, change):
            raise InsufficientBalanceError(account, amount)
    return True


def charge_card(
    tx: Connection, payment_id: str, attempt: int | str, amount: int, currency: str
) -> None:
    """Post that a card paid `amount` cents, which the card provider holds; once per attempt."""
    id = f"payment:{payment_id}:charge:{attempt}"
    transfer(tx, id, debit=CARDS, credit=RECEIPTS, amount=amount, currency=currency)


def refund_card(
    tx: Connection, payment_id: str, number: int | str, amount: int, currency: str
) -> None:
    """Post that the card provider gave `amount` cents back to a card; once per refund's number."""
    id = f"payment:{payment_id}:refund:{number}"
    transfer(tx, id, debit=RECEIPTS, credit=CARDS, amount=amount, currency=currency)


def held_by_provider(tx: Connection) -> int:
    """What the card provider holds for us, in cents: charged less refunded."""
    return -(_balance(tx, CARDS) or 0)


def total(tx: Connection) -> int:
    """The sum of all balances; anything but 0 is an error."""
    return int(
        tx.execute(select(func.coalesce(func.sum(tables.accounts.c.balance), 0))).scalar_one()
    )


def _balance(tx: Connection, account: str) -> int | None:
    return tx.execute(_BALANCE, {"account": account}).scalar_one_or_none()


def _described(transfer: Mapping[str, object]) -> str:
    moved = f"{transfer['amount']} {transfer['currency']} cents"
    return f"{moved} from {transfer['debit_account']} to {transfer['credit_account']}"


_CURRENCIES = select(tables.accounts.c.id, tables.accounts.c.currency).where(
    tables.accounts.c.id.in_(bindparam("ids", expanding=True))
)


def _currencies(tx: Connection, *ids: str) -> dict[str, str]:
    """Those of the accounts that were opened, by id."""
    return {row.id: row.currency for row in tx.execute(_CURRENCIES, {"ids": ids})}


def _never_opened(account: str) -> LookupError:
    return LookupError(f"account {account!r} was never opened")


_AFTER = tables.accounts.c.balance + bindparam("change")
_ADD = (
    update(tables.accounts)
    .where(
        tables.accounts.c.id == bindparam("account"),
        or_(tables.accounts.c.overdraft, _AFTER >= 0),
    )
    .values(balance=_AFTER)
)


def _add(tx: Connection, account: str, amount: int) -> bool:
    """Change the balance; False if it would go below zero and the account has no overdraft."""
    return tx.execute(_ADD, {"account": account, "change": amount}).rowcount == 1
