"""Refunds after a restore: the card provider has given back what the books do not know."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from temporalio.testing import ActivityEnvironment

from activities.inputs import RefundStepInput
from activities.refunds import BeginPartialRefundInput, RefundActivities
from domain.events import CreditCardCharged, PaymentReceived
from domain.statuses import RefundState
from gateways.cards import ProviderRefund, ProviderUnavailableError, RefundStatus
from storage import charges, payments, refunds, restores
from storage.database import Database
from tests.support.databases import new_sqlite
from tests.support.examples import NOON, add_customer, payment
from tests.support.fakes import FakeCards


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """With one payment of 2500 cents that a card has paid, and a restore since."""
    with new_sqlite(tmp_path) as database:
        with database.write() as tx:
            add_customer(tx)
            payments.request(tx, payment("p"))
            charge = charges.begin(tx, "p", 1, "pm_good", NOON)
            charges.settle(tx, charge.model_copy(update={"charge_id": "pi_1"}))
            payments.record(tx, "p", CreditCardCharged(at=NOON, amount=2500))
            payments.record(tx, "p", PaymentReceived(at=NOON))
            restores.record(tx, datetime.now(UTC))
        yield database


def given_back(reference: str) -> FakeCards:
    """A provider that has refunded 500 cents under that reference."""
    cards = FakeCards()
    cards.made["re_1"] = ProviderRefund(
        "re_1", "pi_1", 500, "EUR", RefundStatus.SUCCEEDED, payment_id="p", reference=reference
    )
    return cards


def begin(database: Database, cards: FakeCards, reference: str, replaces: str | None = None) -> int:
    """Begin to refund 500 cents; how many of them the card has to give back."""
    input = BeginPartialRefundInput(
        at=NOON, payment_id="p", reference=reference, amount=500, replaces=replaces
    )
    activities = RefundActivities(database, cards)
    return ActivityEnvironment().run(activities.begin_partial_refund, input).charged


def refund(database: Database, cards: FakeCards, reference: str) -> RefundState | None:
    step = RefundStepInput(at=NOON, payment_id="p", reference=reference)
    return ActivityEnvironment().run(RefundActivities(database, cards).refund_card, step)


def test_one_that_is_repeated_is_found_and_not_given_back_again(database: Database) -> None:
    cards = given_back("return-3")

    begin(database, cards, "return-3")

    assert refund(database, cards, "return-3") is RefundState.SUCCEEDED
    assert cards.refunds_requested == []
    with database.read() as tx:
        assert payments.find(tx, "p").refunded == 500


def test_another_waits_until_the_books_know_it(database: Database) -> None:
    """The operator who finds none in the books may mean the same money."""
    cards = given_back("return-3")
    begin(database, cards, "return-4")

    with pytest.raises(ProviderUnavailableError, match="the reference return-3"):
        refund(database, cards, "return-4")

    assert cards.refunds_requested == []
    begin(database, cards, "return-3")
    assert refund(database, cards, "return-3") is RefundState.SUCCEEDED
    assert refund(database, cards, "return-4") is RefundState.SUCCEEDED
    assert [asked.reference for asked in cards.refunds_requested] == ["return-4"]


def test_what_was_refused_and_replaced_is_not_given_back_again(database: Database) -> None:
    cards = given_back("again")
    begin(database, cards, "return-3")
    with pytest.raises(ProviderUnavailableError):
        refund(database, cards, "return-3")

    begin(database, cards, "again", replaces="return-3")

    assert refund(database, cards, "again") is RefundState.SUCCEEDED
    assert refund(database, cards, "return-3") is RefundState.FAILED
    assert cards.refunds_requested == []
    with database.read() as tx:
        assert refunds.get(tx, "p", "return-3").replaced_by == "again"
        assert payments.find(tx, "p").refunded == 500
