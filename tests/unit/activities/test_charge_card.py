"""What charge_card asks of the provider, and when it looks instead of asking."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import update
from temporalio.testing import ActivityEnvironment

from activities.charges import (
    ChargeActivities,
    ChargeCardInput,
    ChargeCardResult,
)
from domain.money import AmountMismatchError
from domain.payment import Payment
from domain.statuses import PaymentStatus
from domain.waiting_period import PaymentTerms
from gateways.cards import (
    Charged,
    ChargeRequest,
    Declined,
    ProviderRejectedError,
    ProviderUnavailableError,
)
from storage import charges, customers, payments, restores, tables
from storage.database import Database
from storage.migrate import migrate
from tests.support.fakes import FakeCards, good_or_bad_card

NOW = datetime(2026, 1, 1, tzinfo=UTC)
"""On the Temporal server's clock; the clock of the machine that runs the tests is far ahead."""

LAG = timedelta(hours=1)
CHARGE = ChargeCardInput(at=NOW, payment_id="p", attempt=1, payment_method="pm_good")


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """With one payment of 2500 cents."""
    url = f"sqlite:///{tmp_path}/orders.db"
    migrate(url)
    database = Database(url)
    payment = Payment(
        id="p",
        reference="r",
        customer_id="kermit",
        amount=2500,
        currency="EUR",
        terms=PaymentTerms(),
        requested_at=NOW,
        updated_at=NOW,
    )
    with database.write() as tx:
        customers.create(tx, "kermit", "Kermit", "kermit@example.com", "EUR")
        payments.request(tx, payment)
    yield database
    database.close()


def charge_card(  # noqa: PLR0913  the clocks
    database: Database,
    cards: FakeCards,
    *,
    lag: timedelta = LAG,
    at: datetime = NOW,
    asked: datetime = NOW,
    input: ChargeCardInput = CHARGE,
) -> ChargeCardResult:
    """What an attempt leads to that the server starts at that moment, of what it was asked then."""
    environment = ActivityEnvironment()
    environment.info = replace(environment.info, scheduled_time=asked, started_time=at)
    return environment.run(ChargeActivities(database, cards, lag).charge_card, input)


def asked_before(database: Database, *, key_ended: timedelta) -> None:
    """An earlier attempt got no response, and its key expired that long ago."""
    with database.write() as tx:
        charges.begin(tx, "p", 1, "pm_good", NOW)
        tx.execute(update(tables.charges).values(key_until=NOW - key_ended))


def test_again_within_the_keys_lifetime_asks_for_the_very_same(database: Database) -> None:
    cards = FakeCards(known=Charged("pi_lost"))
    asked_before(database, key_ended=-timedelta(minutes=1))

    assert charge_card(database, cards).charged

    assert [request.key for request in cards.asked] == ["payment:p:charge:1"]


def test_after_the_keys_lifetime_it_looks_and_does_not_charge(database: Database) -> None:
    cards = FakeCards(known=Charged("pi_lost"))
    asked_before(database, key_ended=timedelta(0))

    assert charge_card(database, cards).charged

    assert cards.asked == []
    with database.read() as tx:
        charge = charges.find_paid(tx, "p")
    assert charge is not None
    assert charge.charge_id == "pi_lost"


def test_while_the_search_may_be_behind_nothing_is_charged(database: Database) -> None:
    cards = FakeCards()
    asked_before(database, key_ended=LAG - timedelta(minutes=1))

    with pytest.raises(ProviderUnavailableError, match="The search finds no charge"):
        charge_card(database, cards)

    assert cards.asked == []


def test_a_charge_that_never_was_is_asked_for_under_a_new_key(database: Database) -> None:
    cards = FakeCards()
    asked_before(database, key_ended=LAG)

    assert charge_card(database, cards).charged

    assert [request.key for request in cards.asked] == ["payment:p:charge:1:2"]


@pytest.mark.parametrize(("days", "is_looked_up"), [(0, True), (29, True), (31, False)])
def test_after_a_restore_a_first_charge_is_looked_up_before_it_is_asked_for(
    database: Database, days: int, is_looked_up: bool
) -> None:
    """The restored database knows nothing of it, and its key may have expired."""
    cards = FakeCards(known=Charged("pi_forgotten"))
    with database.write() as tx:
        restores.record(tx, NOW - timedelta(days=days))

    assert charge_card(database, cards).charged

    assert (cards.asked == []) == is_looked_up
    with database.read() as tx:
        charge = charges.find_paid(tx, "p")
    assert charge is not None
    assert (charge.charge_id == "pi_forgotten") == is_looked_up


def test_after_a_restore_a_charge_that_never_was_is_asked_for(database: Database) -> None:
    cards = FakeCards()
    with database.write() as tx:
        restores.record(tx, NOW)

    assert charge_card(database, cards).charged

    assert [request.key for request in cards.asked] == ["payment:p:charge:1"]


def repeat_the_fault(request: ChargeRequest) -> Charged | Declined:
    """A provider that repeats a fault to the first key."""
    if request.key == "payment:p:charge:1":
        raise ProviderUnavailableError("the same 500 again", key_exhausted=True)
    return good_or_bad_card(request)


def test_a_spent_key_is_not_replaced_while_the_search_may_be_behind(database: Database) -> None:
    """However long ago it was taken: what it led to may have happened a moment ago."""
    cards = FakeCards(answer=repeat_the_fault)

    for minutes in range(2):
        with pytest.raises(ProviderUnavailableError, match="The search finds no charge"):
            charge_card(database, cards, at=NOW + timedelta(minutes=minutes))

    assert [request.key for request in cards.asked] == ["payment:p:charge:1"]
    cards.known = Charged("pi_found_late")
    assert charge_card(database, cards, at=NOW + timedelta(minutes=2)).charged


def test_a_spent_key_is_replaced_once_nothing_can_be_found_any_more(database: Database) -> None:
    cards = FakeCards(answer=repeat_the_fault)

    assert charge_card(database, cards, lag=timedelta(0)).charged

    assert [request.key for request in cards.asked] == [
        "payment:p:charge:1",
        "payment:p:charge:1:2",
    ]


def refuse(request: ChargeRequest) -> Charged | Declined:
    """A provider that does not understand us."""
    raise ProviderRejectedError(f"no such thing as {request.currency}")


def test_a_refused_request_is_made_again_until_it_is_put_right(database: Database) -> None:
    """Under the next key: the provider repeats a refusal for as long as it keeps the key."""
    cards = FakeCards(answer=refuse)

    for _ in range(2):
        result = charge_card(database, cards)
        assert (result.refused, result.charged, result.waiting_since) == (True, False, None)
    with database.read() as tx:
        assert charges.find_undecided_attempt(tx, "p") is None
        assert not charges.any_unanswered(tx, NOW - LAG, NOW + LAG)
    cards.answer = good_or_bad_card

    result = charge_card(database, cards)
    assert (result.refused, result.charged) == (False, True)
    assert [(request.attempt, request.key) for request in cards.asked] == [
        (1, "payment:p:charge:1"),
        (1, "payment:p:charge:1:2"),
        (1, "payment:p:charge:1:3"),
    ]


def test_a_refusal_does_not_hide_another_workers_request(database: Database) -> None:
    """It was sent under the same key meanwhile, and its answer is not known yet."""

    def refuse_late(request: ChargeRequest) -> Charged | Declined:
        with database.write() as tx:
            charges.repeat(tx, "p", 1)
        return refuse(request)

    with pytest.raises(ProviderUnavailableError, match="The search finds no charge"):
        charge_card(database, FakeCards(answer=refuse_late))

    with database.read() as tx:
        assert charges.find_undecided_attempt(tx, "p") == 1


def test_a_refused_charge_is_requested_with_the_card_of_now(database: Database) -> None:
    cards = FakeCards(answer=refuse)
    charge_card(database, cards)
    cards.answer = good_or_bad_card

    other = CHARGE.model_copy(update={"payment_method": "pm_other"})
    assert charge_card(database, cards, input=other).charged

    assert [request.payment_method for request in cards.asked] == ["pm_good", "pm_other"]


def test_a_refusal_says_nothing_of_an_earlier_request(database: Database) -> None:
    """Whose answer was lost: it may have taken the money."""
    cards = FakeCards(answer=refuse)
    asked_before(database, key_ended=-timedelta(hours=1))

    for minutes in range(2):
        with pytest.raises(ProviderUnavailableError, match="The search finds no charge"):
            charge_card(database, cards, at=NOW + timedelta(minutes=minutes))

    assert len(cards.asked) == 1
    cards.known = Charged("pi_lost")
    assert charge_card(database, cards, at=NOW + timedelta(minutes=2)).charged


def test_a_refusal_is_the_last_word_once_nothing_can_be_found_any_more(database: Database) -> None:
    cards = FakeCards(answer=refuse)
    asked_before(database, key_ended=LAG)

    assert charge_card(database, cards).refused

    assert [request.key for request in cards.asked] == ["payment:p:charge:1:2"]


def test_the_last_charge_of_an_ended_payment_is_never_begun_anew(database: Database) -> None:
    """Not for the customer in place of one that was deleted either."""
    cards = FakeCards(deleted={"cus_kermit"})
    asked_before(database, key_ended=LAG)
    with database.write() as tx:
        tx.execute(update(tables.charges).values(provider_customer="cus_kermit"))
    last = CHARGE.model_copy(update={"is_known": True})

    for _ in range(2):
        assert not charge_card(database, cards, input=last).charged

    assert [request.customer for request in cards.asked] == ["cus_kermit"]
    with database.read() as tx:
        assert charges.find_undecided_attempt(tx, "p") is None


def test_done_twice_it_is_booked_once(database: Database) -> None:
    cards = FakeCards()

    results = [charge_card(database, cards) for _ in range(2)]

    assert results[0] == results[1]
    assert len(cards.asked) == 1
    with database.read() as tx:
        assert payments.find(tx, "p").charged == 2500


@pytest.mark.parametrize("retried_after", [timedelta(hours=22), timedelta(hours=26)])
def test_the_keys_lifetime_is_the_servers(database: Database, retried_after: timedelta) -> None:
    """23 hours, on whichever worker and with whatever clock the attempts are."""

    def unavailable(request: ChargeRequest) -> Charged | Declined:
        raise ProviderUnavailableError("no answer")

    with pytest.raises(ProviderUnavailableError):
        charge_card(database, FakeCards(answer=unavailable))
    cards = FakeCards(known=Charged("pi_lost"))

    assert charge_card(database, cards, at=NOW + retried_after).charged

    asked = [request.key for request in cards.asked]
    assert asked == (["payment:p:charge:1"] if retried_after < charges.KEY_LIFETIME else [])


@pytest.mark.parametrize(
    "waited", [timedelta(0), timedelta(hours=3)], ids=["at once", "after three hours"]
)
def test_a_failure_is_dated_when_the_answer_came(database: Database, waited: timedelta) -> None:
    """By the workflow's clock, which may have been moved on: when asked, plus what it took.

    It does not matter which worker requested the charge before, nor when.
    """
    asked_before(database, key_ended=-timedelta(hours=1))
    with database.write() as tx:
        earlier = NOW - timedelta(hours=20)
        tx.execute(update(tables.charges).values(asked_at=earlier, payment_method="pm_bad"))

    result = charge_card(database, FakeCards(), asked=NOW - waited)

    assert not result.charged
    assert result.waiting_since is not None
    assert waited <= result.waiting_since - NOW < waited + timedelta(minutes=1)
    with database.read() as tx:
        assert payments.find(tx, "p").status is PaymentStatus.AWAITING_CARD


@pytest.mark.parametrize("taken", [(2499, "EUR"), (2500, "USD"), (0, "EUR"), (250_000, "EUR")])
def test_another_amount_than_was_requested_is_never_booked(
    database: Database, taken: tuple[int, str]
) -> None:
    cards = FakeCards(answer=lambda _: Charged("pi_1", *taken))

    with pytest.raises(AmountMismatchError, match="charge pi_1"):
        charge_card(database, cards)

    with database.read() as tx:
        charge, payment = charges.find(tx, "p", 1), payments.find(tx, "p")
    assert charge is not None
    assert (charge.is_settled, payment.charged, payment.status) == (
        False,
        0,
        PaymentStatus.CHARGING,
    )
    # Once the provider's record is right, the retry books it.
    cards.answer = good_or_bad_card
    assert charge_card(database, cards).charged
