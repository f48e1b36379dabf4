"""What there is to give back of a payment whose workflow somebody ended by force."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from activities.inputs import PaymentStepInput
from activities.payments import Held, PaymentActivities
from domain.names import PaymentStatus
from storage import payments
from storage.database import Database
from storage.migrate import migrate
from tests.support.databases import opened
from tests.support.examples import NOON, add_customer, payment

STEP = PaymentStepInput(at=NOON, payment_id="p-1")


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    url = f"sqlite:///{tmp_path}/orders.db"
    migrate(url)
    with opened(url) as database:
        yield database


def test_a_payment_ended_before_its_first_step_holds_nothing(database: Database) -> None:
    assert PaymentActivities(database).begin_refund(STEP) == Held(charged=0, withdrawn=0)


def test_an_open_payment_is_canceled(database: Database) -> None:
    with database.write() as tx:
        add_customer(tx)
        payments.request(tx, payment())
    for _ in range(2):
        assert PaymentActivities(database).begin_refund(STEP) == Held(charged=0, withdrawn=0)
    with database.read() as tx:
        assert payments.find(tx, "p-1").status is PaymentStatus.CANCELED
