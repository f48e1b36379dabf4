"""What a customer may have open at once, also with concurrent requests and before it is written."""

import pytest
from sqlalchemy import func, select

from domain.errors import ConflictError, LimitReachedError, NotFoundError
from domain.events import OrderNotFulfilled, PaymentReceived
from domain.order import Order
from domain.payment import Payment
from domain.statuses import CancellationReason, OrderPolicy
from storage import admissions, orders, payments, tables
from storage.admissions import Admission, Limits
from storage.database import Database
from tests.support.examples import NOON, add_customer, later, line, order, payment
from tests.support.races import at_once, overlapping

LIMITS = Limits(orders=3, payments=2, pieces=10)
BEFORE_SHIPPING = OrderPolicy.CHARGE_BEFORE_SHIPPING


@pytest.fixture
def shop(database: Database) -> Database:
    """With Kermit and Piggy."""
    with database.write() as tx:
        add_customer(tx)
        add_customer(tx, "piggy")
    return database


def admit(database: Database, accepted: Order | Payment, days: float = 0) -> bool:
    """An order or payment is requested, days later."""
    with database.write() as tx:
        return admissions.admit(tx, accepted, later(days=days), LIMITS)


def holding(id: str, pieces: int, policy: OrderPolicy = BEFORE_SHIPPING) -> Order:
    """An order of so many pieces."""
    return order(id, line("pond-lily", pieces), policy=policy)


def write(database: Database, accepted: Order | Payment) -> None:
    """Its workflow's first activity."""
    with database.write() as tx:
        if isinstance(accepted, Order):
            orders.place(tx, accepted)
        else:
            payments.request(tx, accepted)


def count(database: Database) -> int:
    """The admissions that are kept."""
    with database.read() as tx:
        return tx.execute(select(func.count()).select_from(tables.admissions)).scalar_one()


@pytest.mark.parametrize("is_written", [False, True])
def test_so_many_orders_are_open(shop: Database, *, is_written: bool) -> None:
    for number in range(LIMITS.orders):
        assert admit(shop, order(f"o-{number}"))
        if is_written:
            write(shop, order(f"o-{number}"))
    with pytest.raises(LimitReachedError, match="3 orders of this customer are open, and 3 may be"):
        admit(shop, order("another"))
    assert admit(shop, order("another", customer_id="piggy"))
    assert admit(shop, payment("p"))


@pytest.mark.parametrize("is_written", [False, True])
def test_at_the_limit_a_repeated_request_is_not_refused(
    shop: Database, *, is_written: bool
) -> None:
    for number in range(LIMITS.orders):
        admit(shop, order(f"o-{number}"))
        if is_written:
            write(shop, order(f"o-{number}"))
    assert not admit(shop, order("o-1"))
    assert count(shop) == (0 if is_written else LIMITS.orders)


def test_an_order_that_has_ended_is_in_nobodys_way(shop: Database) -> None:
    for number in range(LIMITS.orders):
        admit(shop, order(f"o-{number}"))
        write(shop, order(f"o-{number}"))
    with shop.write() as tx:
        reason = CancellationReason.CANCELED_BY_CUSTOMER
        orders.record(tx, "o-1", OrderNotFulfilled(at=NOON, reason=reason))
    assert admit(shop, order("another"))
    assert count(shop) == 1
    with pytest.raises(LimitReachedError):
        admit(shop, order("one more"))


@pytest.mark.parametrize("is_written", [False, True])
def test_so_many_payments_are_open(shop: Database, *, is_written: bool) -> None:
    for number in range(LIMITS.payments):
        assert admit(shop, payment(f"p-{number}"))
        if is_written:
            write(shop, payment(f"p-{number}"))
    with pytest.raises(LimitReachedError, match="2 payments of this customer are open"):
        admit(shop, payment("another"))
    write(shop, payment("p-0"))
    with shop.write() as tx:
        payments.record(tx, "p-0", PaymentReceived(at=NOON))
    assert admit(shop, payment("another"))


@pytest.mark.parametrize("is_written", [False, True])
@pytest.mark.parametrize("policy", [BEFORE_SHIPPING, OrderPolicy.CHARGE_LATER])
def test_so_many_pieces_are_held_before_they_are_paid(
    shop: Database, policy: OrderPolicy, *, is_written: bool
) -> None:
    with pytest.raises(ConflictError, match="0 pieces are held"):
        admit(shop, holding("too-many", 11, policy))
    admit(shop, holding("o-1", 8, policy))
    if is_written:
        write(shop, holding("o-1", 8, policy))
    with pytest.raises(ConflictError, match=r"8 pieces are held .* and 10 may be"):
        admit(shop, holding("o-2", 3, policy))
    assert admit(shop, holding("o-2", 2, policy))
    assert admit(shop, holding("o-3", 1000, OrderPolicy.CHARGE_FIRST))


def test_pieces_that_are_paid_do_not_count(shop: Database) -> None:
    admit(shop, holding("o-1", 10))
    write(shop, holding("o-1", 10))
    with shop.write() as tx:
        payments.request(tx, payment("o-1"))
    with pytest.raises(ConflictError):
        admit(shop, holding("o-2", 1))
    with shop.write() as tx:
        payments.record(tx, "o-1", PaymentReceived(at=NOON))
    assert admit(shop, holding("o-2", 10))


def test_the_same_again_is_counted_once(shop: Database) -> None:
    for _ in range(5):
        admit(shop, order("o-1"))
    assert count(shop) == 1
    with shop.write() as tx:
        admissions.take_back(tx, "o-1")
    assert count(shop) == 0


def doubtful(database: Database, seconds: float = 0) -> list[Admission]:
    """Kermit's, so many seconds later."""
    with database.read() as tx:
        return admissions.find_doubtful(tx, "kermit", later(seconds=seconds))


def settle(database: Database, *started: Admission, found: list[Admission], at: float) -> None:
    """Only the `started` ones of those that were found are still open."""
    with database.write() as tx:
        admissions.settle(tx, found, started, later(seconds=at))


def test_what_is_not_written_is_doubtful_when_its_request_has_ended(shop: Database) -> None:
    admit(shop, payment("p-1"))
    admit(shop, payment("written"))
    write(shop, payment("written"))
    admit(shop, payment("of-piggy", customer_id="piggy"))
    assert not doubtful(shop, 59)
    assert [one.id for one in doubtful(shop, 60)] == ["p-1"]


def test_a_request_that_ended_without_an_answer_is_doubtful_at_once(shop: Database) -> None:
    admit(shop, order("o-1"))
    admit(shop, order("o-2"))
    with shop.write() as tx:
        admissions.doubt(tx, "o-2", NOON)
    assert [(one.id, one.kind) for one in doubtful(shop)] == [("o-2", "order")]
    assert not admit(shop, order("o-2"))
    assert not doubtful(shop)


def test_what_was_not_started_counts_no_more(shop: Database) -> None:
    for number in range(LIMITS.payments):
        admit(shop, payment(f"p-{number}"))
    found = doubtful(shop, 60)
    settle(shop, found[0], found=found, at=60)
    assert admit(shop, payment("another"))
    with pytest.raises(LimitReachedError):
        admit(shop, payment("one more"))
    assert [one.id for one in doubtful(shop, 119)] == ["another"]
    assert {one.id for one in doubtful(shop, 120)} == {"another", found[0].id}


def test_what_was_begun_again_meanwhile_counts(shop: Database) -> None:
    admit(shop, payment("p-1"))
    admit(shop, payment("p-2"))
    found = doubtful(shop, 60)
    admit(shop, payment("p-1"), days=0.5)
    settle(shop, found=found, at=60)
    assert count(shop) == 1
    assert not doubtful(shop, 60)


def test_so_many_are_doubtful_at_once(shop: Database) -> None:
    with shop.write() as tx:
        for number in range(admissions.LOOKED_UP_AT_ONCE + 1):
            many = Limits(orders=1000, payments=1000, pieces=10)
            admissions.admit(tx, payment(f"p-{number}"), later(seconds=number), many)
    found = doubtful(shop, 3600)
    assert [one.id for one in found] == [f"p-{n}" for n in range(admissions.LOOKED_UP_AT_ONCE)]


def test_nobody_has_nothing(shop: Database) -> None:
    with pytest.raises(NotFoundError):
        admit(shop, order("o-1", customer_id="nobody"))


def test_at_the_same_moment(shop: Database) -> None:
    def one(number: int) -> bool:
        try:
            return admit(shop, payment(f"p-{number}"))
        except LimitReachedError:
            return False

    assert sorted(at_once(8, one)) == [False] * 6 + [True] * LIMITS.payments


def test_in_two_processes_at_the_same_moment(shop: Database) -> None:
    admit(shop, payment("p-1"))
    with pytest.raises(LimitReachedError):
        overlapping(
            shop,
            lambda tx: admissions.admit(tx, payment("p-2"), NOON, LIMITS),
            lambda tx: admissions.admit(tx, payment("p-3"), NOON, LIMITS),
        )
