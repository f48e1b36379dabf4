"""The daily limits of card updates hold, also for concurrent updates."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select, update

from domain.errors import LimitReachedError, NotFoundError
from domain.events import PaymentReceived
from storage import card_updates, payments, tables
from storage.card_updates import Limits
from storage.database import Database
from tests.support.examples import NOON, add_customer, later, payment
from tests.support.races import at_once, overlapping

LIMIT = 3
OF_CUSTOMER = 7
CHARGES = 8
LIMITS = Limits(LIMIT, OF_CUSTOMER, CHARGES)


@pytest.fixture
def shop(database: Database) -> Database:
    """Kermit and Piggy, and a payment of Kermit's."""
    with database.write() as tx:
        add_customer(tx)
        add_customer(tx, "piggy")
        payments.request(tx, payment("p-1"))
    return database


def give(
    database: Database, payment_id: str | None, at: datetime = NOON, customer: str = "kermit"
) -> None:
    """A card is given."""
    with database.write() as tx:
        card_updates.note(tx, customer, payment_id, at, LIMITS)


def refused(
    database: Database, payment_id: str | None, at: datetime = NOON, why: str = "A card can be"
) -> timedelta:
    """For how long a card is not taken."""
    with pytest.raises(LimitReachedError, match=why) as error:
        give(database, payment_id, at)
    return error.value.retry_after


def test_so_many_times_within_any_24_hours(shop: Database) -> None:
    for hours in (0, 10, 20):
        give(shop, "p-1", later(hours=hours))
    assert refused(shop, "p-1", later(hours=21)) == timedelta(hours=3)
    give(shop, "p-1", later(hours=24))
    assert refused(shop, "p-1", later(hours=25)) == timedelta(hours=9)


def test_the_customers_own_card_counts_for_each_payment(shop: Database) -> None:
    give(shop, "p-1")
    give(shop, None)
    give(shop, "p-1")
    refused(shop, "p-1")
    refused(shop, None)
    give(shop, "p-2")  # which is so new that it is not written down yet
    give(shop, "p-2")
    refused(shop, "p-2")


def test_a_payment_that_is_not_written_down_yet_counts(shop: Database) -> None:
    for _ in range(LIMIT):
        give(shop, "p-2")
    refused(shop, None)


def test_a_payment_that_has_ended_is_in_nobodys_way(shop: Database) -> None:
    for _ in range(LIMIT):
        give(shop, "p-1")
    with shop.write() as tx:
        payments.record(tx, "p-1", PaymentReceived(at=NOON))
    for _ in range(LIMIT):
        give(shop, None)
    refused(shop, None)


def test_many_payments_of_a_customer_count_together(shop: Database) -> None:
    """Also payments that have ended: some of an attacker's stolen cards are accepted."""
    for number in range(OF_CUSTOMER):
        give(shop, f"p-{number}", later(hours=number))
    with shop.write() as tx:
        payments.record(tx, "p-1", PaymentReceived(at=NOON))
    for payment_id in ("p-new", None):
        assert refused(shop, payment_id, later(hours=23)) == timedelta(hours=1)
    give(shop, "p-new", later(hours=24))
    give(shop, "p-1", customer="piggy")


def open_payments(database: Database, count: int) -> None:
    """Kermit has so many more of them."""
    with database.write() as tx:
        for number in range(count):
            payments.request(tx, payment(f"open-{number}"))


CHARGED = "Charges by updated cards are limited to 8 a day"


def test_each_open_payment_that_a_card_reaches_is_a_charge(shop: Database) -> None:
    open_payments(shop, 3)
    give(shop, None)
    give(shop, None, later(hours=1))
    assert refused(shop, None, later(hours=2), CHARGED) == timedelta(hours=22)
    assert refused(shop, "new", later(hours=3), CHARGED) == timedelta(hours=21)
    give(shop, None, later(hours=24))
    give(shop, None, later(hours=24), customer="piggy")


def test_a_card_for_one_payment_is_one_charge(shop: Database) -> None:
    open_payments(shop, 5)
    give(shop, "open-1")
    give(shop, None, later(hours=1))
    give(shop, "open-1", later(hours=2))
    refused(shop, "open-1", later(hours=3), CHARGED)


def test_payments_that_have_ended_are_not_charged(shop: Database) -> None:
    open_payments(shop, 3)
    with shop.write() as tx:
        for number in range(3):
            payments.record(tx, f"open-{number}", PaymentReceived(at=NOON))
    for _ in range(LIMIT):
        give(shop, None)


def test_one_card_reaches_however_many_payments(shop: Database) -> None:
    open_payments(shop, 2 * CHARGES)
    give(shop, None)
    refused(shop, None, why=CHARGED)


def test_a_card_update_of_an_older_release_is_one_charge(shop: Database) -> None:
    open_payments(shop, CHARGES - 2)
    give(shop, "p-1")
    with shop.write() as tx:
        tx.execute(update(tables.card_updates).values(charges=None))
    give(shop, None)
    refused(shop, "new", why=CHARGED)


def pending(database: Database, payment_method: str, hours: float = 0) -> int | None:
    """The number of Kermit's update with this card, if it goes on so many hours later."""
    with database.read() as tx:
        return card_updates.find_pending(tx, "kermit", payment_method, later(hours=hours))


def test_an_update_is_pending_with_its_card_until_it_has_ended(shop: Database) -> None:
    with shop.write() as tx:
        number = card_updates.note(tx, "kermit", None, NOON, LIMITS)
        card_updates.note(tx, "kermit", None, NOON, LIMITS)
    assert pending(shop, "pm_1") is None
    with shop.write() as tx:
        card_updates.set_pending(tx, number, "pm_1")
        assert card_updates.find_pending(tx, "piggy", "pm_1", NOON) is None
    assert pending(shop, "pm_1", 23.9) == number
    assert pending(shop, "pm_1", 24) is None
    assert pending(shop, "pm_2") is None
    with shop.write() as tx:
        card_updates.set_pending(tx, number, None)
    assert pending(shop, "pm_1") is None


def test_customers_do_not_count_for_each_other(shop: Database) -> None:
    for _ in range(LIMIT):
        give(shop, None)
    give(shop, None, customer="piggy")
    with pytest.raises(NotFoundError):
        give(shop, None, customer="nobody")


def test_yesterdays_are_not_kept(shop: Database) -> None:
    for hours in range(0, 240, 24):
        give(shop, "p-1", later(hours=hours))
    with shop.read() as tx:
        kept = tx.execute(select(func.count()).select_from(tables.card_updates)).scalar_one()
    assert kept == 1


def test_at_the_same_moment(shop: Database) -> None:
    def one(_: int) -> bool:
        try:
            give(shop, "p-1")
        except LimitReachedError:
            return False
        return True

    assert sorted(at_once(8, one)) == [False] * 5 + [True] * LIMIT


def test_in_two_processes_at_the_same_moment(shop: Database) -> None:
    for _ in range(LIMIT - 1):
        give(shop, "p-1")
    with pytest.raises(LimitReachedError):
        overlapping(shop, lambda tx: card_updates.note(tx, "kermit", "p-1", NOON, LIMITS))
