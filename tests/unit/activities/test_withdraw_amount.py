"""A withdrawal repeated late, by a worker that was unavailable while another one continued."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection

from activities.accounts import AccountActivities
from activities.inputs import PaymentStepInput
from domain.events import PaymentCanceled
from domain.statuses import PaymentStatus, payment_workflow_id
from storage import charges, customers, events, payments
from storage.database import Database
from storage.ledger import LedgerFaultError
from tests.support.databases import new_sqlite
from tests.support.examples import NOON, add_customer, payment

STEP = PaymentStepInput(at=NOON, payment_id="p-1")


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with new_sqlite(tmp_path) as database:
        with database.write() as tx:
            add_customer(tx)
            payments.request(tx, payment())
        yield database


def charge(tx: Connection) -> None:
    charges.begin(tx, "p-1", 1, "pm_good", NOON)


def cancel(tx: Connection) -> None:
    payments.record(tx, "p-1", PaymentCanceled(at=NOON))


def wait(tx: Connection) -> None:
    """Nothing else has happened yet."""


@pytest.mark.parametrize("go_on", [wait, charge, cancel])
def test_where_nothing_was_withdrawn_nothing_is_later(
    database: Database, go_on: Callable[[Connection], None]
) -> None:
    rest = AccountActivities(database).withdraw_amount(STEP)
    with database.write() as tx:
        go_on(tx)
        customers.credit(tx, payment().customer_id, 300, "gift")
    assert AccountActivities(database).withdraw_amount(STEP) == rest == payment().amount
    with database.read() as tx:
        assert payments.find(tx, "p-1").withdrawn == 0
        assert customers.find(tx, payment().customer_id).balance == 300


def test_a_withdrawal_of_the_whole_amount_is_repeated_without_effect(database: Database) -> None:
    with database.write() as tx:
        customers.credit(tx, payment().customer_id, 2 * payment().amount, "gift")
    for _ in range(2):
        assert AccountActivities(database).withdraw_amount(STEP) == 0
    with database.read() as tx:
        assert customers.find(tx, payment().customer_id).balance == payment().amount


@pytest.mark.parametrize(
    ("balance", "withdrawn"),
    [(2449, 2449), (2450, 2450), (2451, 2450), (2480, 2450), (2499, 2450), (2500, 2500)],
)
def test_what_a_card_can_pay_is_left_to_it(
    database: Database, balance: int, withdrawn: int
) -> None:
    with database.write() as tx:
        customers.credit(tx, payment().customer_id, balance, "gift")
    for _ in range(2):
        assert AccountActivities(database).withdraw_amount(STEP) == payment().amount - withdrawn
    with database.read() as tx:
        assert customers.find(tx, payment().customer_id).balance == balance - withdrawn
        types = [event.type for event in events.of_stream(tx, payment_workflow_id("p-1"))]
    partly = ["PaymentPartlyCovered"] if withdrawn < payment().amount else []
    assert types == ["PaymentRequested", "AmountWithdrawn", *partly]


def test_the_card_pays_all_if_the_account_can_not_pay_a_part(database: Database) -> None:
    """The amount is the least that a card can pay."""
    with database.write() as tx:
        payments.request(tx, payment("p-2", amount=50))
        customers.credit(tx, payment().customer_id, 30, "gift")
    step = PaymentStepInput(at=NOON, payment_id="p-2")
    assert AccountActivities(database).withdraw_amount(step) == 50
    with database.read() as tx:
        assert customers.find(tx, payment().customer_id).balance == 30
        assert payments.find(tx, "p-2").status is PaymentStatus.CHARGING


def test_a_balance_in_another_currency_pays_nothing(database: Database) -> None:
    """CURRENCY was changed, and the customer was created before that."""
    in_dollars = payment("p-2").model_copy(update={"currency": "USD"})
    with database.write() as tx:
        payments.request(tx, in_dollars)
        customers.credit(tx, payment().customer_id, 2500, "gift")
    step = PaymentStepInput(at=NOON, payment_id="p-2")
    with pytest.raises(LedgerFaultError, match="2500 USD cents, but 'customer:kermit' is EUR"):
        AccountActivities(database).withdraw_amount(step)
    with database.read() as tx:
        assert customers.find(tx, payment().customer_id).balance == 2500
        assert payments.find(tx, "p-2").withdrawn == 0
