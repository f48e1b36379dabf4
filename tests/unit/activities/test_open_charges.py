"""Two workers may settle one open charge, one of them long after the next charge began."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from temporalio.testing import ActivityEnvironment

from activities.charges import ChargeActivities, ChargeCardInput
from activities.open_charges import OpenChargeActivities, SettleChargeInput
from domain.money import AmountMismatchError
from domain.statuses import payment_workflow_id
from gateways.cards import Charged, ChargeRequest, Declined, Outcome, Pending
from storage import charges, events, payments, tables
from storage.database import Database
from tests.support.databases import new_sqlite
from tests.support.examples import NOON, add_customer, later, payment
from tests.support.fakes import DECLINED, FakeCards


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with new_sqlite(tmp_path) as database:
        with database.write() as tx:
            add_customer(tx)
            payments.request(tx, payment())
        yield database


class Cards(FakeCards):
    """Every charge is left open."""

    def __init__(self, left: type[Declined] | type[Pending] = Declined) -> None:
        super().__init__(answer=self.leave_open)
        self.left = left

    def leave_open(self, charge: ChargeRequest) -> Outcome:
        id = f"pi_{charge.attempt}"
        if self.left is Pending:
            self.open[id] = Pending(id)
        else:
            self.open[id] = Declined("authentication_required", "Authenticate.", id)
        return self.open[id]


def charge(database: Database, cards: FakeCards, attempt: int) -> None:
    activities = ChargeActivities(database, cards, timedelta(0))
    input = ChargeCardInput(
        at=NOON, payment_id="p-1", attempt=attempt, payment_method=f"pm_{attempt}"
    )
    ActivityEnvironment().run(activities.charge_card, input)


def settle(database: Database, cards: FakeCards, *, cancel: bool) -> None:
    input = SettleChargeInput(at=NOON, payment_id="p-1", cancel=cancel)
    ActivityEnvironment().run(OpenChargeActivities(database, cards).settle_charge, input)


def left_open(database: Database) -> str | None:
    with database.read() as tx:
        found = charges.find_open(tx, "p-1")
    return found[1] if found else None


def test_a_late_answer_closes_no_other_charge(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    cards = Cards()
    charge(database, cards, 1)
    close = cards.close

    def stall(open_id: str) -> Charged | None:
        monkeypatch.setattr(cards, "close", close)
        closed = close(open_id)
        settle(database, cards, cancel=True)
        charge(database, cards, 2)
        return closed

    monkeypatch.setattr(cards, "close", stall)
    settle(database, cards, cancel=True)

    assert left_open(database) == "pi_2"


@pytest.mark.parametrize("left", [Declined, Pending])
def test_a_late_answer_opens_no_charge_again(
    database: Database, left: type[Declined] | type[Pending]
) -> None:
    cards = Cards(left)

    def stall(request: ChargeRequest) -> Outcome:
        cards.answer = cards.leave_open
        answer = cards.leave_open(request)
        charge(database, cards, 1)
        settle(database, cards, cancel=True)
        return answer

    cards.answer = stall
    charge(database, cards, 1)
    assert left_open(database) is None

    charge(database, cards, 2)
    assert left_open(database) == "pi_2"


def test_one_that_came_to_nothing_is_closed_at_the_provider_too(database: Database) -> None:
    """Its bank refused the authenticated card, and its page would let the customer try another."""
    cards = Cards()
    charge(database, cards, 1)
    cards.open["pi_1"] = Declined("card_declined", "The bank says no.")

    settle(database, cards, cancel=False)

    assert left_open(database) is None
    assert cards.closed == ["pi_1"]


def test_no_last_word_is_older_than_what_was_booked_before(database: Database) -> None:
    """A refund requests both; the provider may have been unavailable in between."""
    cards = Cards()
    charge(database, cards, 1)
    with database.write() as tx:
        failed_at = later(hours=20)
        tx.execute(tables.payments.update().values(updated_at=failed_at))
    cards.open["pi_1"] = Charged("pi_1")

    settle(database, cards, cancel=True)

    with database.read() as tx:
        booked = events.of_stream(tx, payment_workflow_id("p-1"))
    assert [event.at for event in booked[-2:]] == [failed_at, failed_at]


def test_one_that_pays_in_that_moment_has_paid(database: Database) -> None:
    cards = Cards()
    charge(database, cards, 1)

    def look_up(open_id: str) -> Outcome:
        cards.open[open_id] = Charged(open_id)
        return DECLINED

    cards.look_up = look_up
    settle(database, cards, cancel=False)

    with database.read() as tx:
        assert payments.find(tx, "p-1").rest == 0


@pytest.mark.parametrize("cancel", [False, True])
@pytest.mark.parametrize("taken", [(2499, "EUR"), (2500, "USD")])
def test_another_amount_than_was_requested_is_never_booked(
    database: Database, taken: tuple[int, str], cancel: bool
) -> None:
    cards = Cards()
    charge(database, cards, 1)
    cards.open["pi_1"] = Charged("pi_1", *taken)

    with pytest.raises(AmountMismatchError, match="charge pi_1"):
        settle(database, cards, cancel=cancel)

    assert left_open(database) == "pi_1"
    with database.read() as tx:
        assert payments.find(tx, "p-1").charged == 0
