"""What there is to give back of a payment whose workflow somebody ended by force."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection

from activities.payments import PaymentActivities, RefundableAmounts
from domain.statuses import PaymentStatus
from storage import charges, payments
from storage.database import Database
from tests.support.databases import new_sqlite
from tests.support.examples import NOON, add_customer, later, payment
from tests.support.fakes import FakeCards

REFUND = payment(requested_at=later(hours=1))


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with new_sqlite(tmp_path) as database:
        with database.write() as tx:
            add_customer(tx)
        yield database


def status(tx: Connection) -> PaymentStatus:
    return payments.find(tx, "p-1").status


def test_a_payment_ended_before_its_first_step_is_written_down_as_canceled(
    database: Database,
) -> None:
    held = PaymentActivities(database, FakeCards()).begin_refund(REFUND)
    assert held == RefundableAmounts(at=REFUND.requested_at)

    PaymentActivities(database, FakeCards()).request_payment(payment(requested_at=NOON))

    with database.read() as tx:
        assert status(tx) is PaymentStatus.CANCELED


def test_an_open_payment_is_canceled(database: Database) -> None:
    with database.write() as tx:
        payments.request(tx, payment())
    for _ in range(2):
        held = PaymentActivities(database, FakeCards()).begin_refund(REFUND)
        assert held == RefundableAmounts(at=REFUND.requested_at)
    with database.read() as tx:
        assert status(tx) is PaymentStatus.CANCELED


def test_one_whose_charge_is_under_way_is_not_canceled_yet(database: Database) -> None:
    with database.write() as tx:
        payments.request(tx, payment())
        charge = charges.begin(tx, "p-1", 1, "pm_1", NOON)
    held = PaymentActivities(database, FakeCards()).begin_refund(REFUND)
    assert held == RefundableAmounts(at=REFUND.requested_at, attempt_under_way=1)
    with database.write() as tx:
        assert status(tx).is_open
        charges.settle(tx, charge.model_copy(update={"charge_id": "ch_1"}))
    assert PaymentActivities(database, FakeCards()).begin_refund(REFUND).attempt_under_way is None
