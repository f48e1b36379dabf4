"""Charges that stay open, and what the card provider tells by itself, on both databases."""

from datetime import UTC, datetime, timedelta

import pytest

from domain.payment import PaymentFailure
from domain.statuses import Awaited
from storage import open_charges, payments, provider_events
from storage.database import Database
from storage.payments import Charge
from tests.support.examples import add_customer, payment

NOW = datetime(2026, 1, 1, tzinfo=UTC)
WHY = PaymentFailure(code="authentication_required", message="")


@pytest.fixture
def charge(database: Database) -> Charge:
    """A charge of which nothing is known."""
    with database.write() as tx:
        add_customer(tx)
        payments.request(tx, payment("p"))
        return payments.begin_charge(tx, "p", 1, "pm_card_visa", NOW)


@pytest.mark.parametrize(("failure", "awaited"), [(WHY, Awaited.CUSTOMER), (None, Awaited.BANK)])
def test_an_open_charge_is_found_until_it_is_closed(
    database: Database, charge: Charge, failure: PaymentFailure | None, awaited: Awaited
) -> None:
    with database.write() as tx:
        if failure:
            payments.settle_charge(tx, charge.model_copy(update={"failure": failure}))
        for open_id in ("pi_1", "pi_2"):  # a payment has one at the most
            open_charges.note(tx, charge, open_id)
        found = open_charges.awaiting(tx, "pi_1")
        assert open_charges.awaiting(tx, "pi_2") is None
    assert found is not None
    assert (found.payment_id, found.attempt, found.awaited) == ("p", 1, awaited)

    with database.write() as tx:
        open_charges.close(tx, "p")
        assert open_charges.find(tx, "p") is None


def test_an_answer_is_out_until_anything_is_heard_of_the_charge(
    database: Database, charge: Charge
) -> None:
    moment = timedelta(seconds=1)

    def is_out(*, since: datetime = NOW - moment, until: datetime = NOW + moment) -> bool:
        with database.read() as tx:
            return open_charges.is_answer_out(tx, since, until)

    assert is_out()
    assert not is_out(since=NOW + moment)
    assert not is_out(until=NOW - moment)

    with database.write() as tx:
        open_charges.note(tx, charge, "pi_1")
    assert not is_out()

    with database.write() as tx:
        open_charges.close(tx, "p")
        open_charges.settle(tx, charge.model_copy(update={"failure": WHY}))
    assert not is_out()


def test_what_waits_for_its_customer_is_theirs_alone(database: Database, charge: Charge) -> None:
    with database.write() as tx:
        open_charges.note(tx, charge, "pi_1")
        assert open_charges.unauthenticated(tx, "p", None) is None  # it is the bank's
        payments.settle_charge(tx, charge.model_copy(update={"failure": WHY}))
        for owner, found in ((None, "pi_1"), ("kermit", "pi_1"), ("gonzo", None)):
            assert open_charges.unauthenticated(tx, "p", owner) == found
        assert open_charges.unauthenticated(tx, "another", "kermit") is None
        open_charges.close(tx, "p")
        assert open_charges.unauthenticated(tx, "p", None) is None


def test_what_had_failed_is_paid_all_the_same(database: Database, charge: Charge) -> None:
    failed = charge.model_copy(update={"failure": WHY})
    with database.write() as tx:
        payments.settle_charge(tx, failed)
        open_charges.settle(tx, failed.model_copy(update={"charge_id": "pi_1"}))
        paid = payments.paid_charge(tx, "p")
    assert paid is not None
    assert (paid.charge_id, paid.failure) == ("pi_1", WHY)


def test_an_event_is_noted_once(database: Database) -> None:
    for is_new in (True, False):
        with database.write() as tx:
            assert provider_events.is_known(tx, "evt_1") is not is_new
            assert provider_events.note(tx, "evt_1", "x" * 100, None, NOW) is is_new
