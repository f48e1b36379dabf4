"""What refunds request of the card provider, and what becomes of them."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from temporalio.testing import ActivityEnvironment

from activities.inputs import RefundStepInput
from activities.refunds import BeginPartialRefundInput, RefundActivities
from domain.events import CreditCardCharged, PaymentReceived
from domain.money import AmountMismatchError
from domain.statuses import WHOLE, RefundState
from gateways.cards import (
    ProviderRefund,
    ProviderUnavailableError,
    RefundRequest,
    RefundStatus,
)
from storage import charges, customers, dashboard_refunds, events, payments, refunds
from storage.dashboard_refunds import DashboardRefund
from storage.database import Database
from storage.migrate import migrate
from storage.refunds import Refund
from tests.support.examples import payment
from tests.support.fakes import FakeCards
from tests.verification.bugs import refunds as bugs

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
    yield database
    database.close()


LATER = NOW + timedelta(hours=1)
STEP = RefundStepInput(at=NOW, payment_id="p")
RETURN = RefundStepInput(at=NOW, payment_id="p", reference="return-3")


def refund(
    database: Database, cards: FakeCards, step: RefundStepInput = STEP
) -> RefundState | None:
    """Refund the card, twice: the first answer may be lost."""
    activity = RefundActivities(database, cards).refund_card
    ActivityEnvironment().run(activity, step)
    return ActivityEnvironment().run(activity, step)


def begin_part(database: Database, amount: int, reference: str = "return-3") -> None:
    with database.write() as tx:
        refunds.begin_part(tx, "p", reference, amount, NOW)


def find(database: Database, reference: str = WHOLE) -> Refund:
    with database.read() as tx:
        return refunds.get(tx, "p", reference)


def recorded(database: Database) -> list[tuple[int, int, bool]]:
    """Amount, what is left, and whether by hand, of each CreditCardRefunded."""
    with database.read() as tx:
        stream = events.of_stream(tx, "payment/p")
    given = [event.data for event in stream if event.type == "CreditCardRefunded"]
    return [(data["amount"], data["left"], data["by_hand"]) for data in given]


def paid(database: Database) -> tuple[int, int, str]:
    with database.read() as tx:
        found = payments.find(tx, "p")
    return found.charged, found.refunded, found.status


@pytest.mark.parametrize("by_hand", [0, 1, 2499, 2500])
@pytest.mark.parametrize("is_reported", [True, False])
def test_what_was_refunded_in_the_dashboard_is_not_refunded_again(
    database: Database, by_hand: int, *, is_reported: bool
) -> None:
    """Whether its webhook was handled before, or comes later."""
    begin_whole(database)
    made = DashboardRefund(
        refund_id="re_dashboard", charge_id="pi_1", amount=by_hand, currency="EUR", made_at=NOW
    )
    if is_reported and by_hand:
        with database.write() as tx:
            dashboard_refunds.record(tx, made, LATER)
    cards = FakeCards(refunded_by_hand=by_hand)

    assert refund(database, cards) is RefundState.SUCCEEDED

    left = 2500 - by_hand
    assert [asked.amount for asked in cards.refunds_requested] == ([left] if left else [])
    expected = [(by_hand, left, True), (left, 0, False)]
    assert recorded(database) == [one for one in expected if one[0]]
    assert paid(database) == (0, 2500, "refunded")
    with database.write() as tx:
        assert not by_hand or dashboard_refunds.record(tx, made, LATER) is None


def test_a_refund_that_failed_gave_nothing_back(database: Database) -> None:
    """One in the dashboard; ours is then of all that the card paid."""
    begin_whole(database)
    failed = ProviderRefund("re_dashboard", "pi_1", 500, "EUR", RefundStatus.FAILED)

    class Failed(FakeCards):
        def refunds(self, charge_id: str) -> list[ProviderRefund]:
            return [failed, *super().refunds(charge_id)]

    cards = Failed()
    assert refund(database, cards) is RefundState.SUCCEEDED
    assert [asked.amount for asked in cards.refunds_requested] == [2500]
    assert recorded(database) == [(2500, 0, False)]


def test_each_exhausted_key_is_followed_by_one_of_its_own(database: Database) -> None:
    begin_whole(database)

    class Exhausted(FakeCards):
        def refund(self, refund: RefundRequest) -> ProviderRefund:
            if len(self.refunds_requested) < 2:
                self.refunds_requested.append(refund)
                raise ProviderUnavailableError("the same 500 again", key_exhausted=True)
            return super().refund(refund)

    cards = Exhausted()
    assert refund(database, cards) is RefundState.SUCCEEDED
    keys = [asked.key for asked in cards.refunds_requested]
    assert keys == ["payment:p:refund", "payment:p:refund:2", "payment:p:refund:3"]


def test_a_part_is_refunded_under_its_reference(database: Database) -> None:
    begin_part(database, 500)
    begin_part(database, 500)
    cards = FakeCards()
    assert refund(database, cards, RETURN) is RefundState.SUCCEEDED
    [asked] = cards.refunds_requested
    assert (asked.key, asked.amount) == ("payment:p:refund:return-3", 500)
    assert recorded(database) == [(500, 2000, False)]
    assert paid(database) == (2000, 500, "received")


def test_a_lost_answer_does_not_refund_a_part_again(database: Database) -> None:
    """Not even under another key: the provider's list has it."""
    begin_part(database, 500)
    cards = FakeCards()
    request = RefundRequest("another key", "pi_1", 500, "p", "return-3")
    cards.refund(request)
    assert refund(database, cards, RETURN) is RefundState.SUCCEEDED
    assert cards.refunds_requested == [request]
    assert paid(database) == (2000, 500, "received")


def test_a_part_and_the_whole_give_back_no_more_than_was_charged(database: Database) -> None:
    begin_part(database, 500)
    begin_whole(database)
    cards = FakeCards()
    refund(database, cards)
    assert paid(database) == (500, 2000, "refunding")
    refund(database, cards, RETURN)
    assert [asked.amount for asked in cards.refunds_requested] == [2000, 500]
    assert paid(database) == (0, 2500, "refunded")


def test_a_pending_refund_is_recorded_when_it_succeeds(database: Database) -> None:
    begin_part(database, 500)
    cards = FakeCards(refund_status=RefundStatus.PENDING)
    assert refund(database, cards, RETURN) is RefundState.PENDING
    settle = RefundActivities(database, cards).settle_refund
    assert ActivityEnvironment().run(settle, RETURN) is RefundState.PENDING
    assert (recorded(database), paid(database)) == ([], (2500, 0, "refunding"))

    cards.settle_refunds(RefundStatus.SUCCEEDED)

    for _ in range(2):
        assert ActivityEnvironment().run(settle, RETURN) is RefundState.SUCCEEDED
    assert recorded(database) == [(500, 2000, False)]
    assert paid(database) == (2000, 500, "received")


def test_a_pending_refund_that_fails_is_owed(database: Database) -> None:
    begin_part(database, 500)
    cards = FakeCards(refund_status=RefundStatus.PENDING)
    refund(database, cards, RETURN)
    cards.settle_refunds(RefundStatus.FAILED, "lost_or_stolen_card")
    settle = RefundActivities(database, cards).settle_refund
    assert ActivityEnvironment().run(settle, RETURN) is RefundState.FAILED
    found = find(database, "return-3")
    assert (found.is_owed, found.failure) == (True, "lost_or_stolen_card")
    assert (recorded(database), paid(database)) == ([], (2500, 0, "received"))


def test_a_refund_that_replaces_what_is_owed_is_requested(database: Database) -> None:
    """The API has begun it; its workflow does not know what it replaces."""
    begin_part(database, 500)
    cards = FakeCards(refund_refusal="charge_disputed")
    assert refund(database, cards, RETURN) is RefundState.REFUSED
    cards.refund_refusal = None
    with database.write() as tx:
        refunds.begin_part(tx, "p", "again", 500, NOW, "return-3")
    begin = RefundActivities(database, cards).begin_partial_refund
    input = BeginPartialRefundInput(at=NOW, payment_id="p", reference="again", amount=500)
    assert ActivityEnvironment().run(begin, input).charged == 500
    again = RefundStepInput(at=NOW, payment_id="p", reference="again")
    assert refund(database, cards, again) is RefundState.SUCCEEDED
    assert paid(database) == (2000, 500, "received")


def test_a_pending_dashboard_refund_is_not_booked_and_not_given_back_again(
    database: Database,
) -> None:
    """What it keeps from our refund is owed until it has succeeded."""
    begin_part(database, 2000)
    cards = FakeCards()
    made = ProviderRefund("re_dashboard", "pi_1", 1000, "EUR", RefundStatus.PENDING)
    cards.made["re_dashboard"] = made

    assert refund(database, cards, RETURN) is RefundState.SUCCEEDED

    assert [asked.amount for asked in cards.refunds_requested] == [1500]
    assert recorded(database) == [(1500, 1000, False)]
    with database.write() as tx:
        assert [one.to_card for one in refunds.of_payment(tx, "p") if one.is_owed] == [500]
        values = made.__dict__ | {"made_at": NOW}
        dashboard_refunds.record(tx, DashboardRefund.model_validate(values), LATER)
        assert not any(one.is_owed for one in refunds.of_payment(tx, "p"))
    assert paid(database) == (0, 2500, "refunded")


@pytest.mark.parametrize("other", [{"amount": 501}, {"currency": "USD"}], ids=str)
@pytest.mark.parametrize("status", [RefundStatus.PENDING, RefundStatus.SUCCEEDED])
def test_a_refund_of_another_amount_than_requested_is_not_booked(
    database: Database, status: RefundStatus, other: dict[str, Any]
) -> None:
    begin_part(database, 500)

    class Other(FakeCards):
        def refund(self, refund: RefundRequest) -> ProviderRefund:
            return replace(super().refund(refund), **other)

    with pytest.raises(AmountMismatchError, match=r"\(500, 'EUR'\) were requested"):
        refund(database, Other(refund_status=status), RETURN)
    assert (recorded(database), paid(database)) == ([], (2500, 0, "refunding"))


def test_a_refused_refund_is_owed_and_not_requested_again(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    begin_whole(database)
    cards = FakeCards(refund_refusal="charge_disputed")
    assert refund(database, cards) is RefundState.REFUSED
    assert len(cards.refunds_requested) == 1
    assert (find(database).is_owed, find(database).failure) == (True, "charge_disputed")
    assert paid(database) == (2500, 0, "refunding")
    assert "2500 minor units are owed" in caplog.text


def test_a_refund_that_an_older_release_began_is_finished(database: Database) -> None:
    """It wrote no refund; its input names none."""
    with database.write() as tx:
        payments.begin_refund(tx, "p")
    activity = RefundActivities(database, FakeCards()).refund_card
    step = RefundStepInput.model_validate({"at": NOW, "payment_id": "p"})
    assert ActivityEnvironment().run(activity, step) is RefundState.SUCCEEDED
    assert paid(database) == (0, 2500, "refunded")


def begin_whole(database: Database) -> None:
    with database.write() as tx:
        refunds.begin_whole(tx, "p", NOW)


def test_a_bug_that_refunds_a_part_anew_is_found(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    bugs.refund_a_part_anew(monkeypatch)
    with pytest.raises(AssertionError):
        test_a_lost_answer_does_not_refund_a_part_again(database)
