"""A payment that is canceled after a restore: a card may have paid it since the backup."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from temporalio.testing import ActivityEnvironment

from activities.inputs import PaymentStepInput
from activities.payments import PaymentActivities
from domain.events import CreditCardFailed
from domain.payment import PaymentFailure
from domain.statuses import PaymentStatus
from gateways.cards import Charged, Declined, Outcome, Pending, ProviderUnavailableError
from storage import charges, payments, restores
from storage.database import Database
from tests.support.databases import new_sqlite
from tests.support.examples import NOON, add_customer, later, payment
from tests.support.fakes import FakeCards

DECLINED = PaymentFailure(code="card_declined", message="Declined.")


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """With a payment whose first charge was declined."""
    with new_sqlite(tmp_path) as database:
        with database.write() as tx:
            add_customer(tx)
            payments.request(tx, payment("p"))
            declined = charges.begin(tx, "p", 1, "pm_bad", NOON)
            charges.settle(tx, declined.model_copy(update={"failure": DECLINED}))
            failed = CreditCardFailed(at=NOON, code="card_declined", message="Declined.")
            payments.record(tx, "p", failed, number=1)
        yield database


class OneCharge(FakeCards):
    """The provider finds `known` as the outcome of the second attempt alone."""

    def find_charge(self, payment_id: str, attempt: int) -> Outcome | None:
        """None for the others."""
        return super().find_charge(payment_id, attempt) if attempt == 2 else None


def restore(database: Database) -> None:
    with database.write() as tx:
        restores.record(tx, NOON)


def cancel(database: Database, cards: FakeCards) -> bool:
    environment = ActivityEnvironment()
    environment.info = replace(
        environment.info, scheduled_time=later(hours=1), started_time=later(hours=1)
    )
    input = PaymentStepInput(at=later(hours=1), payment_id="p")
    return environment.run(PaymentActivities(database, cards).cancel_payment, input)


def status(database: Database) -> PaymentStatus:
    with database.read() as tx:
        return payments.find(tx, "p").status


def test_a_charge_since_the_backup_keeps_the_payment_from_being_canceled(
    database: Database,
) -> None:
    restore(database)

    assert not cancel(database, OneCharge(known=Charged("pi_forgotten")))

    with database.read() as tx:
        paid = charges.find_paid(tx, "p")
        assert paid is not None
        assert (paid.charge_id, paid.attempt) == ("pi_forgotten", 2)
        assert payments.find(tx, "p").rest == 0
        assert "CreditCardDetailsUpdated:2" in payments.recorded_keys(tx, "p")


def test_a_decline_since_the_backup_is_recorded_and_the_payment_canceled(
    database: Database,
) -> None:
    restore(database)

    assert cancel(database, OneCharge(known=Declined("card_declined", "Declined.")))

    with database.read() as tx:
        known = charges.find(tx, "p", 2)
    assert known is not None
    assert known.failure is not None
    assert status(database) is PaymentStatus.CANCELED


def test_while_a_charge_is_not_decided_the_payment_is_not_canceled(database: Database) -> None:
    restore(database)

    with pytest.raises(ProviderUnavailableError):
        cancel(database, OneCharge(known=Pending("pi_pending")))

    assert status(database).is_open


def test_without_a_restore_nothing_is_looked_up(database: Database) -> None:
    assert cancel(database, OneCharge(known=Charged("pi_of_nobody")))

    assert status(database) is PaymentStatus.CANCELED
