"""Payments and their charges: every event is recorded once, every retry repeats the same charge."""

from datetime import timedelta

import pytest
from sqlalchemy import Connection, select, update
from sqlalchemy.exc import IntegrityError

from domain.customer import Card
from domain.errors import ConflictError, NotFoundError
from domain.events import (
    AmountWithdrawn,
    CreditCardCharged,
    CreditCardFailed,
    CreditCardRefunded,
    CustomerReminded,
    PaymentCanceled,
    PaymentReceived,
)
from domain.payment import Payment, PaymentEvent, PaymentFailure
from domain.statuses import PaymentStatus, payment_workflow_id
from domain.waiting_period import PaymentTerms
from storage import charges, customers, events, ledger, payments, tables
from storage.database import Database
from tests.support.examples import NOON, add_customer, later, payment
from tests.support.races import Effect, overlapping

VISA = Card(brand="visa", last4="4242", exp_month=12, exp_year=2030)
EXPIRED = PaymentFailure(code="expired_card", message="Your card has expired.")


@pytest.fixture
def requested(database: Database) -> Database:
    """Payment p-1 of 2500 cents was requested of Kermit, whose card is pm_1."""
    with database.write() as tx:
        add_customer(tx)
        customers.set_card(tx, "kermit", "pm_1", VISA, NOON)
        payments.request(tx, payment())
    return database


def record(event: PaymentEvent, number: int = 1) -> Effect[bool]:
    """The event happens to payment p-1."""
    return lambda tx: payments.record(tx, "p-1", event, number=number)


def begin(attempt: int = 1, payment_method: str | None = None) -> Effect[charges.Charge]:
    """Payment p-1 is about to be charged."""
    return lambda tx: charges.begin(tx, "p-1", attempt, payment_method, NOON)


def find(database: Database) -> Payment:
    """Payment p-1 as it is read."""
    with database.read() as tx:
        return payments.find(tx, "p-1")


def history(database: Database) -> list[tuple[int, str]]:
    """The numbered events of payment p-1."""
    with database.read() as tx:
        stream = events.of_stream(tx, payment_workflow_id("p-1"))
    return [(event.sequence, event.type) for event in stream]


def test_a_payment_is_read_as_it_was_requested(database: Database) -> None:
    terms = PaymentTerms(waiting_time=timedelta(days=1.5), reminder_interval=timedelta(hours=7))
    wanted = payment(terms=terms)
    with database.write() as tx:
        add_customer(tx)
        payments.request(tx, wanted)
    assert find(database) == wanted
    with database.read() as tx:
        (event,) = events.of_stream(tx, payment_workflow_id("p-1"))
    assert event.type == "PaymentRequested"
    assert event.data == {"customer_id": "kermit", "reference": "order o-1", "amount": 2500}


def test_a_payment_requested_again_stays_as_it_is(requested: Database) -> None:
    with requested.write() as tx:
        record(PaymentReceived(at=later(hours=1)))(tx)
        payments.request(tx, payment())
    assert find(requested).status is PaymentStatus.RECEIVED
    assert history(requested) == [(1, "PaymentRequested"), (2, "PaymentReceived")]


def test_a_payment_requested_twice_at_once_is_requested_once(database: Database) -> None:
    with database.write() as tx:
        add_customer(tx)
    overlapping(database, lambda tx: payments.request(tx, payment()))
    assert history(database) == [(1, "PaymentRequested")]


def test_an_event_happens_once_per_number(requested: Database) -> None:
    for number, expected in ((1, True), (1, False), (2, True)):
        with requested.write() as tx:
            event = CustomerReminded(at=later(days=2 * number), reminder=number)
            assert record(event, number)(tx) is expected
    assert find(requested).reminders_sent == 2
    assert history(requested)[1:] == [(2, "CustomerReminded"), (3, "CustomerReminded")]


def test_of_the_same_event_twice_at_once_one_happens(requested: Database) -> None:
    assert overlapping(requested, record(AmountWithdrawn(at=NOON, amount=500))) == (True, False)
    assert find(requested).withdrawn == 500
    assert history(requested) == [(1, "PaymentRequested"), (2, "AmountWithdrawn")]


def test_two_events_at_once_both_count(requested: Database) -> None:
    overlapping(
        requested,
        record(AmountWithdrawn(at=NOON, amount=500)),
        record(CreditCardCharged(at=NOON, amount=2000)),
    )
    found = find(requested)
    assert (found.withdrawn, found.charged, found.rest) == (500, 2000, 0)
    assert [number for number, _ in history(requested)] == [1, 2, 3]


def test_card_money_is_posted_with_its_event(requested: Database) -> None:
    """Once, however often it is recorded; a refund is the reverse."""
    with requested.write() as tx:
        for _ in range(2):
            payments.record(tx, "p-1", CreditCardCharged(at=NOON, amount=2500), number=3)
        record(PaymentReceived(at=NOON))(tx)
        assert ledger.held_by_provider(tx) == 2500
        for _ in range(2):
            refunded = CreditCardRefunded(at=NOON, amount=500, left=2000, by_hand=True)
            payments.record(tx, "p-1", refunded, number="re_1")
        assert ledger.held_by_provider(tx) == 2000
        assert ledger.total(tx) == 0
        assert ledger.find_transfer(tx, "payment:p-1:charge:3") == 2500
        assert ledger.find_transfer(tx, "payment:p-1:refund:re_1") == 500


def test_other_events_post_nothing(requested: Database) -> None:
    with requested.write() as tx:
        record(AmountWithdrawn(at=NOON, amount=500))(tx)
        assert tx.execute(select(tables.transfers)).all() == []


def test_what_failed_is_read_as_it_was_written(requested: Database) -> None:
    failed = CreditCardFailed(at=later(hours=1), code=EXPIRED.code, message=EXPIRED.message)
    with requested.write() as tx:
        record(failed)(tx)
    found = find(requested)
    assert (found.failure, found.waiting_since) == (EXPIRED, later(hours=1))
    assert found.deadline == later(days=14, hours=1)


def test_the_database_itself_refuses_to_hold_more_than_asked_for(requested: Database) -> None:
    with pytest.raises(IntegrityError), requested.write() as tx:
        record(CreditCardCharged(at=NOON, amount=2501))(tx)
    with pytest.raises(IntegrityError), requested.write() as tx:
        tx.execute(update(tables.payments).values(withdrawn=-1))


def test_a_charge_asks_for_the_rest(requested: Database) -> None:
    with requested.write() as tx:
        record(AmountWithdrawn(at=NOON, amount=500))(tx)
        charge = begin(payment_method="pm_1")(tx)
    assert (charge.amount, charge.payment_method, charge.is_settled) == (2000, "pm_1", False)
    assert charge.key == "payment:p-1:charge:1"
    assert find(requested).status is PaymentStatus.CHARGING


def test_a_charge_begun_again_is_the_very_same(requested: Database) -> None:
    """But for the requests, which are counted."""
    with requested.write() as tx:
        first = begin(payment_method="pm_1")(tx)
    with requested.write() as tx:
        again = begin(payment_method="pm_2")(tx)
        second = begin(attempt=2, payment_method="pm_2")(tx)
    assert (first.requests_sent, again.requests_sent) == (1, 2)
    assert again == first.model_copy(update={"requests_sent": 2})
    assert (second.payment_method, second.key) == ("pm_2", "payment:p-1:charge:2")


def test_a_charge_begun_twice_at_once_is_the_very_same(requested: Database) -> None:
    charges_begun = overlapping(requested, begin(), begin(payment_method="pm_2"))
    first, second = sorted(charges_begun, key=lambda charge: charge.requests_sent)
    assert second == first.model_copy(update={"requests_sent": 2})


@pytest.mark.parametrize(
    "outcome", [{"charge_id": "ch_1"}, {"failure": EXPIRED}], ids=["charged", "declined"]
)
def test_the_first_outcome_of_a_charge_stays(
    requested: Database, outcome: dict[str, object]
) -> None:
    with requested.write() as tx:
        charge = begin()(tx)
        settled = charge.model_copy(update=outcome)
        charges.settle(tx, settled)
    with requested.write() as tx:
        charges.settle(tx, charge.model_copy(update={"charge_id": "ch_2"}))
        assert charges.rotate_key(tx, charge, NOON) is None
        assert begin()(tx) == settled
        paid = charges.find_paid(tx, "p-1")
    assert paid == (settled if settled.charge_id else None)


def test_a_spent_key_is_followed_by_one_new_key(requested: Database) -> None:
    with requested.write() as tx:
        charge = begin()(tx)

    def take(tx: Connection) -> charges.Charge | None:
        return charges.rotate_key(tx, charge, later(days=1))

    first, second = overlapping(requested, take)
    assert first
    assert second is None
    assert first.key == "payment:p-1:charge:1:2"
    assert first.key_until == later(days=1) + charges.KEY_LIFETIME
    assert first.asked_at == charge.asked_at


def test_a_late_outcome_under_the_first_key_is_kept(requested: Database) -> None:
    with requested.write() as tx:
        charge = begin()(tx)
        renewed = charges.rotate_key(tx, charge, later(days=1))
        charges.settle(tx, charge.model_copy(update={"charge_id": "ch_1"}))
        paid = charges.find_paid(tx, "p-1")
    assert renewed
    assert paid == renewed.model_copy(update={"charge_id": "ch_1"})


def test_a_refund_begins_only_once_the_payment_was_received(requested: Database) -> None:
    with requested.write() as tx:
        assert payments.begin_refund(tx, "p-1").status is PaymentStatus.REQUESTED
        record(PaymentReceived(at=NOON))(tx)
        assert payments.begin_refund(tx, "p-1").status is PaymentStatus.REFUNDING
        assert payments.begin_refund(tx, "p-1").status is PaymentStatus.REFUNDING
    assert find(requested).status is PaymentStatus.REFUNDING


def test_a_payment_that_was_canceled_is_neither_charged_nor_received_any_more(
    requested: Database,
) -> None:
    """By a worker that was unavailable while an operator terminated the payment's workflow."""
    with requested.write() as tx:
        assert record(PaymentCanceled(at=NOON))(tx)
        assert not record(PaymentReceived(at=NOON))(tx)
        with pytest.raises(ConflictError, match="p-1 is canceled"):
            begin()(tx)
    assert find(requested).status is PaymentStatus.CANCELED


def test_open_payments_are_the_customers_own_oldest_first(requested: Database) -> None:
    with requested.write() as tx:
        add_customer(tx, "piggy")
        payments.request(tx, payment("p-0", requested_at=later(hours=1)))
        payments.request(tx, payment("p-2", requested_at=later(hours=-1)))
        payments.request(tx, payment("p-3", customer_id="piggy"))
        payments.request(tx, payment("p-4"))
        payments.record(tx, "p-4", PaymentReceived(at=NOON))
        payments.request(tx, payment("p-5"))
        payments.record(tx, "p-5", PaymentCanceled(at=NOON))
        payments.request(tx, payment("p-6", requested_at=later(hours=2)))
        charges.begin(tx, "p-6", 1, None, NOON)
    with requested.read() as tx:
        assert payments.open_of_customer(tx, "kermit") == ["p-2", "p-1", "p-0", "p-6"]
        assert payments.open_of_customer(tx, "nobody") == []


def test_many_payments_are_found_by_their_ids(requested: Database) -> None:
    with requested.write() as tx:
        payments.request(tx, payment("p-2"))
        payments.request(tx, payment("p-3"))
    with requested.read() as tx:
        assert sorted(payments.find_many(tx, ["p-1", "p-3", "p-9"])) == ["p-1", "p-3"]
        assert payments.find_many(tx, []) == {}


@pytest.mark.parametrize(
    "effect", [lambda tx: payments.find(tx, "p-1"), record(PaymentReceived(at=NOON)), begin()]
)
def test_what_was_never_requested_is_not_found(database: Database, effect: Effect[object]) -> None:
    with pytest.raises(NotFoundError) as missing, database.write() as tx:
        effect(tx)
    assert (missing.value.kind, missing.value.id) == ("payment", "p-1")
