"""What refund_card asks of the provider where somebody has refunded in its dashboard."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from temporalio.testing import ActivityEnvironment

from activities.cards import CardActivities
from activities.inputs import PaymentStepInput
from domain.events import CreditCardCharged, PaymentReceived
from storage import customers, events, payments
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
        charge = payments.begin_charge(tx, "p", 1, "pm_good", NOW)
        payments.settle_charge(tx, charge.model_copy(update={"charge_id": "pi_1"}))
        payments.record(tx, "p", CreditCardCharged(at=NOW, amount=paid.amount))
        payments.record(tx, "p", PaymentReceived(at=NOW))
        payments.begin_refund(tx, "p")
    yield database
    database.close()


@pytest.mark.parametrize("by_hand", [0, 1, 2499, 2500])
def test_what_is_left_is_given_back_once(database: Database, by_hand: int) -> None:
    cards = FakeCards(refunded_by_hand=by_hand)
    refund = CardActivities(database, cards, timedelta(0)).refund_card
    step = PaymentStepInput(at=NOW, payment_id="p")

    for _ in range(2):
        ActivityEnvironment().run(refund, step)

    assert [asked.amount for asked in cards.refunds] == ([2500 - by_hand] if by_hand < 2500 else [])
    with database.read() as tx:
        told = [event.type for event in events.of_stream(tx, "payment/p")]
        assert (payments.find(tx, "p").charged, payments.find(tx, "p").refunded) == (0, 2500)
    assert told.count("CreditCardRefunded") == 1
