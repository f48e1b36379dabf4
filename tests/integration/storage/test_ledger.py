"""The ledger: nothing is made, lost, moved twice or taken from where it is not."""

import pytest
from sqlalchemy import Connection, text, update
from sqlalchemy.exc import IntegrityError

from domain.errors import InsufficientBalanceError
from storage import ledger, tables
from storage.database import Database
from storage.ledger import LedgerFaultError
from tests.support.examples import EUR
from tests.support.races import Effect, at_once, overlapping

KERMIT = ledger.customer_account("kermit")
PIGGY = ledger.customer_account("piggy")


@pytest.fixture
def accounts(database: Database) -> Database:
    """Kermit holds 1000 cents, Piggy none."""
    with database.write() as tx:
        ledger.open_account(tx, ledger.GIFTS, EUR, overdraft=True)
        ledger.open_account(tx, KERMIT, EUR)
        ledger.open_account(tx, PIGGY, EUR)
        ledger.transfer(tx, "gift", debit=ledger.GIFTS, credit=KERMIT, amount=1000, currency=EUR)
    return database


def balances(database: Database) -> dict[str, int]:
    """What is on each account."""
    with database.read() as tx:
        assert ledger.total(tx) == 0
        return {name: ledger.balance(tx, name) for name in (ledger.GIFTS, KERMIT, PIGGY)}


def test_a_transfer_moves_its_amount(accounts: Database) -> None:
    with accounts.write() as tx:
        assert ledger.transfer(tx, "t", debit=KERMIT, credit=PIGGY, amount=400, currency=EUR)
        assert ledger.find_transfer(tx, "t") == 400
        assert ledger.lock(tx, KERMIT) == 600
    assert balances(accounts) == {ledger.GIFTS: -1000, KERMIT: 600, PIGGY: 400}


def test_the_same_transfer_again_moves_nothing(accounts: Database) -> None:
    for expected in (True, False):
        with accounts.write() as tx:
            done = ledger.transfer(tx, "t", debit=KERMIT, credit=PIGGY, amount=400, currency=EUR)
            assert done is expected
    assert balances(accounts)[PIGGY] == 400


def test_one_id_stands_for_one_amount(accounts: Database) -> None:
    with accounts.write() as tx:
        ledger.transfer(tx, "t", debit=KERMIT, credit=PIGGY, amount=400, currency=EUR)
    with accounts.write() as tx, pytest.raises(LedgerFaultError) as refused:
        ledger.transfer(tx, "t", debit=KERMIT, credit=PIGGY, amount=401, currency=EUR)
    assert "400" in str(refused.value)
    assert "the next retry continues. See LedgerFaultError in docs/operations.md." in str(
        refused.value
    )
    assert balances(accounts)[PIGGY] == 400


def test_one_id_stands_for_the_same_accounts(accounts: Database) -> None:
    with accounts.write() as tx:
        ledger.transfer(tx, "t", debit=KERMIT, credit=PIGGY, amount=400, currency=EUR)
    for debit, credit in ((PIGGY, KERMIT), (KERMIT, ledger.GIFTS)):
        with accounts.write() as tx, pytest.raises(LedgerFaultError) as refused:
            ledger.transfer(tx, "t", debit=debit, credit=credit, amount=400, currency=EUR)
        assert f"from {KERMIT} to {PIGGY}" in str(refused.value)
        assert f"from {debit} to {credit}" in str(refused.value)
    assert balances(accounts) == {ledger.GIFTS: -1000, KERMIT: 600, PIGGY: 400}


@pytest.mark.parametrize("currency", ["EUR", "USD"])
@pytest.mark.parametrize("turn", [1, -1])
def test_money_does_not_change_its_currency(accounts: Database, turn: int, currency: str) -> None:
    with accounts.write() as tx:
        ledger.open_account(tx, "dollars", "USD", overdraft=True)
    debit, credit = (KERMIT, "dollars")[::turn]
    with pytest.raises(LedgerFaultError, match=f"400 {currency}"), accounts.write() as tx:
        ledger.transfer(tx, "t", debit=debit, credit=credit, amount=400, currency=currency)
    assert balances(accounts)[KERMIT] == 1000
    with accounts.read() as tx:
        assert ledger.find_transfer(tx, "t") is None


def test_two_accounts_of_one_currency_pay_nothing_in_another(accounts: Database) -> None:
    with pytest.raises(LedgerFaultError, match="400 USD"), accounts.write() as tx:
        ledger.transfer(tx, "t", debit=KERMIT, credit=PIGGY, amount=400, currency="USD")
    assert balances(accounts) == {ledger.GIFTS: -1000, KERMIT: 1000, PIGGY: 0}


def test_an_account_that_was_never_opened_moves_nothing(accounts: Database) -> None:
    with pytest.raises(LookupError, match="nobody"), accounts.write() as tx:
        ledger.transfer(tx, "t", debit=KERMIT, credit="nobody", amount=400, currency=EUR)


def test_the_ledger_alone_says_what_the_card_provider_holds(accounts: Database) -> None:
    with accounts.write() as tx:
        assert ledger.held_by_provider(tx) == 0
        for account in (ledger.CARDS, ledger.RECEIPTS):
            ledger.open_account(tx, account, EUR, overdraft=True)
        for _ in range(2):
            ledger.charge_card(tx, "p-1", 2, 2500, EUR)
            ledger.refund_card(tx, "p-1", "re_1", 500, EUR)
        assert ledger.held_by_provider(tx) == 2000
        assert ledger.balance(tx, ledger.RECEIPTS) == 2000
        assert ledger.find_transfer(tx, "payment:p-1:charge:2") == 2500
        assert ledger.find_transfer(tx, "payment:p-1:refund:re_1") == 500


def test_money_that_was_made_or_lost_shows_in_the_total(accounts: Database) -> None:
    with accounts.write() as tx:
        tx.execute(update(tables.accounts).where(tables.accounts.c.id == KERMIT).values(balance=1))
    with accounts.read() as tx:
        assert ledger.total(tx) == -999


def test_without_accounts_the_total_is_nothing(database: Database) -> None:
    with database.read() as tx:
        assert ledger.total(tx) == 0


def test_a_customer_cannot_spend_more_than_they_hold(accounts: Database) -> None:
    with pytest.raises(InsufficientBalanceError) as refused, accounts.write() as tx:
        ledger.transfer(tx, "t", debit=KERMIT, credit=PIGGY, amount=1001, currency=EUR)
    assert (refused.value.account, refused.value.amount) == (KERMIT, 1001)
    assert balances(accounts) == {ledger.GIFTS: -1000, KERMIT: 1000, PIGGY: 0}
    with accounts.read() as tx:
        assert ledger.find_transfer(tx, "t") is None


def test_a_customer_can_spend_all_they_hold(accounts: Database) -> None:
    with accounts.write() as tx:
        ledger.transfer(tx, "t", debit=KERMIT, credit=PIGGY, amount=1000, currency=EUR)
    assert balances(accounts)[KERMIT] == 0


def test_the_database_itself_refuses_a_balance_below_zero(accounts: Database) -> None:
    below_zero = update(tables.accounts).where(tables.accounts.c.id == KERMIT).values(balance=-1)
    with pytest.raises(IntegrityError), accounts.write() as tx:
        tx.execute(below_zero)


@pytest.mark.parametrize("amount", [0, -1])
def test_the_database_itself_refuses_a_transfer_of_nothing(accounts: Database, amount: int) -> None:
    with pytest.raises(IntegrityError), accounts.write() as tx:
        ledger.transfer(tx, "t", debit=KERMIT, credit=PIGGY, amount=amount, currency=EUR)


def test_an_account_never_opened_has_no_balance(database: Database) -> None:
    with database.read() as tx, pytest.raises(LookupError, match="nobody"):
        ledger.balance(tx, "nobody")


def test_an_account_opened_twice_keeps_its_balance(accounts: Database) -> None:
    with accounts.write() as tx:
        ledger.open_account(tx, KERMIT, EUR)
    assert balances(accounts)[KERMIT] == 1000


def test_two_may_open_an_account_at_once(database: Database) -> None:
    overlapping(database, lambda tx: ledger.open_account(tx, KERMIT, EUR))
    with database.read() as tx:
        assert ledger.balance(tx, KERMIT) == 0


def test_of_two_equal_transfers_at_once_one_moves(accounts: Database) -> None:
    done = overlapping(
        accounts,
        lambda tx: ledger.transfer(tx, "t", debit=KERMIT, credit=PIGGY, amount=400, currency=EUR),
    )
    assert done == (True, False)
    assert balances(accounts)[PIGGY] == 400


def test_two_at_once_cannot_spend_the_same_money(accounts: Database) -> None:
    def spend(id: str) -> Effect[bool]:
        return lambda tx: ledger.transfer(
            tx, id, debit=KERMIT, credit=PIGGY, amount=600, currency=EUR
        )

    with pytest.raises(InsufficientBalanceError):
        overlapping(accounts, spend("a"), spend("b"))
    assert balances(accounts) == {ledger.GIFTS: -1000, KERMIT: 400, PIGGY: 600}


def test_a_locked_balance_stays(accounts: Database) -> None:
    def withdraw_all(id: str) -> Effect[int]:
        def effect(tx: Connection) -> int:
            amount = ledger.lock(tx, KERMIT)
            if amount:
                ledger.transfer(tx, id, debit=KERMIT, credit=PIGGY, amount=amount, currency=EUR)
            return amount

        return effect

    assert overlapping(accounts, withdraw_all("a"), withdraw_all("b")) == (1000, 0)


def test_transfers_back_and_forth_never_wait_in_a_circle(accounts: Database) -> None:
    with accounts.write() as tx:
        ledger.transfer(tx, "gift 2", debit=ledger.GIFTS, credit=PIGGY, amount=1000, currency=EUR)

    def pay(number: int) -> int:
        debit, credit = (KERMIT, PIGGY) if number % 2 else (PIGGY, KERMIT)
        for turn in range(10):
            with accounts.write() as tx:
                if not accounts.is_sqlite:
                    # A circle would be an error at once rather than after a second.
                    tx.execute(text("SET LOCAL deadlock_timeout = '10ms'"))
                ledger.transfer(
                    tx, f"{number}/{turn}", debit=debit, credit=credit, amount=1, currency=EUR
                )
        return number

    assert at_once(8, pay) == list(range(8))
    assert balances(accounts) == {ledger.GIFTS: -2000, KERMIT: 1000, PIGGY: 1000}
