"""What refund_card asks of the provider where somebody has refunded in its dashboard."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from temporalio.testing import ActivityEnvironment

from activities.inputs import PaymentStepInput
from activities.refunds import RefundActivities
from domain.events import CreditCardCharged, PaymentReceived
from storage import charges, customers, dashboard_refunds, events, payments
from storage.dashboard_refunds import DashboardRefund
from storage.database import Database
from storage.migrate import migrate
from tests.support.examples import payment
from tests.support.fakes import FakeCards

NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """With one payment of 2500 cents that a card has paid."""
    url = f"sqlite:///{tmp_path}/orders.db"
    migrate(url)
    database = Database(url)
    paid = payment("p")
    with database.write() as tx:
        customers.create(tx, paid.customer_id, "Kermit", "kermit@example.com", "EUR")
        payments.request(tx, paid)
        charge = charges.begin(tx, "p", 1, "pm_good", NOW)
        charges.settle(tx, charge.model_copy(update={"charge_id": "pi_1"}))
        payments.record(tx, "p", CreditCardCharged(at=NOW, amount=paid.amount))
        payments.record(tx, "p", PaymentReceived(at=NOW))
        payments.begin_refund(tx, "p")
    yield database
    database.close()


LATER = NOW + timedelta(hours=1)


@pytest.mark.parametrize("by_hand", [1, 2499, 2500])
def test_a_recorded_dashboard_refund_is_not_made_again(database: Database, by_hand: int) -> None:
    """Of a later moment than the one at which the refund began."""
    made = DashboardRefund(refund_id="re_1", charge_id="pi_1", amount=by_hand, made_at=LATER)
    for _ in range(2):
        with database.write() as tx:
            dashboard_refunds.record(tx, made, LATER)
    cards = FakeCards(refunded_by_hand=by_hand)
    refund = RefundActivities(database, cards).refund_card

    for _ in range(2):
        ActivityEnvironment().run(refund, PaymentStepInput(at=NOW, payment_id="p"))

    left = 2500 - by_hand
    refunds = [(by_hand, True), (left, False)] if left else [(by_hand, True)]
    assert [asked.amount for asked in cards.refunds_requested] == [left][: len(refunds) - 1]
    with database.read() as tx:
        recorded = events.of_stream(tx, "payment/p")[-len(refunds) :]
        paid = payments.find(tx, "p")
    assert [(event.data["amount"], event.data["by_hand"]) for event in recorded] == refunds
    assert {event.at for event in recorded} == {LATER}
    assert (paid.charged, paid.refunded, paid.status) == (0, 2500, "refunded")


def test_what_was_given_back_with_the_rest_is_not_booked_again(database: Database) -> None:
    """The refund found it at the provider, before the webhook was handled."""
    refund = RefundActivities(database, FakeCards(refunded_by_hand=500)).refund_card
    ActivityEnvironment().run(refund, PaymentStepInput(at=NOW, payment_id="p"))
    with database.write() as tx:
        made = DashboardRefund(refund_id="re_1", charge_id="pi_1", amount=500, made_at=LATER)
        assert dashboard_refunds.record(tx, made, LATER) is None
        assert payments.find(tx, "p").refunded == 2500


@pytest.mark.parametrize("by_hand", [0, 1, 2499, 2500])
def test_the_rest_is_refunded_once(database: Database, by_hand: int) -> None:
    cards = FakeCards(refunded_by_hand=by_hand)
    refund = RefundActivities(database, cards).refund_card
    step = PaymentStepInput(at=NOW, payment_id="p")

    for _ in range(2):
        ActivityEnvironment().run(refund, step)

    assert [asked.amount for asked in cards.refunds_requested] == (
        [2500 - by_hand] if by_hand < 2500 else []
    )
    with database.read() as tx:
        recorded = [event.type for event in events.of_stream(tx, "payment/p")]
        assert (payments.find(tx, "p").charged, payments.find(tx, "p").refunded) == (0, 2500)
    assert recorded.count("CreditCardRefunded") == 1
