"""Charges, which of them stay open, and the card provider's events, on both databases."""

from datetime import UTC, datetime, timedelta

import pytest

from domain.payment import PaymentFailure
from domain.statuses import Awaited
from storage import charges, payments, provider_events
from storage.charges import Charge
from storage.database import Database
from tests.support.examples import add_customer, payment

NOW = datetime(2026, 1, 1, tzinfo=UTC)
WHY = PaymentFailure(code="authentication_required", message="")


@pytest.fixture
def charge(database: Database) -> Charge:
    """A charge of which nothing is known."""
    with database.write() as tx:
        add_customer(tx)
        payments.request(tx, payment("p"))
        return charges.begin(tx, "p", 1, "pm_card_visa", NOW)


@pytest.mark.parametrize(("failure", "awaited"), [(WHY, Awaited.CUSTOMER), (None, Awaited.BANK)])
def test_an_open_charge_is_found_until_it_is_closed(
    database: Database, charge: Charge, failure: PaymentFailure | None, awaited: Awaited
) -> None:
    with database.write() as tx:
        if failure:
            charges.settle(tx, charge.model_copy(update={"failure": failure}))
        for open_id in ("pi_1", "pi_2"):  # a payment has one at the most
            charges.keep_open(tx, charge, open_id)
        found = charges.find_open_by_id(tx, "pi_1")
        assert charges.find_open_by_id(tx, "pi_2") is None
    assert found is not None
    assert (found.charge.payment_id, found.charge.attempt, found.awaited) == ("p", 1, awaited)

    with database.write() as tx:
        charges.close(tx, "p")
        assert charges.find_open(tx, "p") is None


def test_an_answer_is_out_until_anything_is_heard_of_the_charge(
    database: Database, charge: Charge
) -> None:
    moment = timedelta(seconds=1)

    def is_out(*, since: datetime = NOW - moment, until: datetime = NOW + moment) -> bool:
        with database.read() as tx:
            return charges.any_unanswered(tx, since, until)

    assert is_out()
    assert not is_out(since=NOW + moment)
    assert not is_out(until=NOW - moment)

    with database.write() as tx:
        charges.keep_open(tx, charge, "pi_1")
    assert not is_out()

    with database.write() as tx:
        charges.settle(tx, charge.model_copy(update={"failure": WHY}))
        charges.close(tx, "p")
    assert not is_out()


def test_what_waits_for_its_customer_is_theirs_alone(database: Database, charge: Charge) -> None:
    with database.write() as tx:
        charges.keep_open(tx, charge, "pi_1")
        assert charges.find_unauthenticated(tx, "p", None) is None  # it is the bank's
        charges.settle(tx, charge.model_copy(update={"failure": WHY}))
        for owner, found in ((None, "pi_1"), ("kermit", "pi_1"), ("gonzo", None)):
            assert charges.find_unauthenticated(tx, "p", owner) == found
        assert charges.find_unauthenticated(tx, "another", "kermit") is None
        charges.close(tx, "p")
        assert charges.find_unauthenticated(tx, "p", None) is None


def test_a_charge_that_failed_may_still_be_paid_while_it_is_open(
    database: Database, charge: Charge
) -> None:
    failed = charge.model_copy(update={"failure": WHY})
    paid = charge.model_copy(update={"charge_id": "pi_1"})
    with database.write() as tx:
        charges.keep_open(tx, charge, "pi_1")
        assert charges.settle(tx, failed)
        assert charges.settle(tx, paid)
        found = charges.find_paid(tx, "p")
    assert found == failed.model_copy(update={"charge_id": "pi_1"})


def test_no_other_outcome_is_overwritten(database: Database, charge: Charge) -> None:
    failed = charge.model_copy(update={"failure": WHY})
    other = charge.model_copy(update={"failure": WHY.model_copy(update={"code": "expired_card"})})
    paid = charge.model_copy(update={"charge_id": "pi_1"})
    paid_again = charge.model_copy(update={"charge_id": "pi_2"})
    with database.write() as tx:
        assert charges.settle(tx, failed)
        assert not charges.settle(tx, paid)  # it is closed
        charges.keep_open(tx, charge, "pi_1")
        assert not charges.settle(tx, other)
        assert charges.find(tx, "p", 1) == failed
        assert charges.settle(tx, paid)
        assert not charges.settle(tx, paid_again)
        assert not charges.settle(tx, other)
        found = charges.find(tx, "p", 1)
    assert found == failed.model_copy(update={"charge_id": "pi_1"})


def test_another_attempt_that_is_open_does_not_count(database: Database, charge: Charge) -> None:
    with database.write() as tx:
        charges.settle(tx, charge.model_copy(update={"failure": WHY}))
        second = charges.begin(tx, "p", 2, "pm_card_visa", NOW)
        charges.keep_open(tx, second, "pi_2")
        assert not charges.settle(tx, charge.model_copy(update={"charge_id": "pi_1"}))
        assert charges.find_paid(tx, "p") is None


def test_an_event_is_noted_once(database: Database) -> None:
    for is_new in (True, False):
        with database.write() as tx:
            assert provider_events.is_known(tx, "evt_1") is not is_new
            assert provider_events.note(tx, "evt_1", "x" * 100, None, NOW) is is_new


def test_of_two_workers_one_gets_the_next_key(database: Database, charge: Charge) -> None:
    """Both have seen the same key lead nowhere."""
    with database.write() as tx:
        first = charges.rotate_key(tx, charge, NOW)
        assert charges.rotate_key(tx, charge, NOW) is None
        assert charges.find(tx, "p", 1) == first
    assert first is not None
    assert (first.key_number, first.requests_sent) == (2, 1)
