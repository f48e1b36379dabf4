"""Orders: every event once, numbered without gaps, and pages that neither skip nor repeat."""

from datetime import datetime

import pytest

from domain.errors import NotFoundError
from domain.events import (
    GoodsFetched,
    GoodsShipped,
    OrderFulfilled,
    OrderPlaced,
    PaymentReceived,
)
from domain.order import Order, OrderEvent
from domain.statuses import OrderPolicy, OrderStatus, ShipmentStatus, order_workflow_id
from storage import events, orders
from storage.database import Database
from tests.support.examples import NOON, add_customer, later, line, order
from tests.support.races import Effect, overlapping


@pytest.fixture
def shop(database: Database) -> Database:
    """Kermit and Piggy are customers."""
    with database.write() as tx:
        add_customer(tx, "kermit")
        add_customer(tx, "piggy")
    return database


@pytest.fixture
def placed(shop: Database) -> Database:
    """Kermit has placed order o-1."""
    with shop.write() as tx:
        orders.place(tx, order())
    return shop


def record(event: OrderEvent) -> Effect[bool]:
    """The event happens to order o-1."""
    return lambda tx: orders.record(tx, "o-1", event)


def history(database: Database, after: int = 0) -> list[tuple[int, str]]:
    """The numbered events of order o-1."""
    with database.read() as tx:
        return [
            (event.sequence, event.type)
            for event in events.of_stream(tx, order_workflow_id("o-1"), after=after)
        ]


def find(database: Database) -> Order:
    """Order o-1 as it is read."""
    with database.read() as tx:
        return orders.find(tx, "o-1")


def test_an_order_is_read_as_it_was_placed(shop: Database) -> None:
    wanted = order("o-1", line("pond-lily", 2), line("tea-cup"), policy=OrderPolicy.CHARGE_LATER)
    with shop.write() as tx:
        orders.place(tx, wanted)
    assert find(shop) == wanted.model_copy(update={"status": OrderStatus.FETCHING_GOODS})
    with shop.read() as tx:
        (event,) = events.of_stream(tx, order_workflow_id("o-1"))
    assert (event.sequence, event.type, event.at) == (1, OrderPlaced.name(), NOON)
    assert event.data == {"customer_id": "kermit", "policy": "charge_later", "total": 7500}


def test_an_order_placed_again_stays_as_it_is(placed: Database) -> None:
    with placed.write() as tx:
        record(PaymentReceived(at=later(minutes=1)))(tx)
        orders.place(tx, order())
    assert find(placed).status is OrderStatus.FETCHING_GOODS
    assert history(placed) == [(1, "OrderPlaced"), (2, "PaymentReceived")]


def test_an_order_placed_twice_at_once_is_placed_once(shop: Database) -> None:
    overlapping(shop, lambda tx: orders.place(tx, order()))
    assert history(shop) == [(1, "OrderPlaced")]


def test_an_event_changes_the_order_once(placed: Database) -> None:
    first = GoodsShipped(at=later(hours=1), shipment_id="s-1", tracking_number="T1")
    again = GoodsShipped(at=later(hours=2), shipment_id="s-2", tracking_number="T2")
    with placed.write() as tx:
        assert record(first)(tx)
        assert not record(again)(tx)
    found = find(placed)
    assert found.updated_at == later(hours=1)
    assert found.shipment is not None
    assert (found.shipment.id, found.shipment.status) == ("s-1", ShipmentStatus.BOOKED)
    assert history(placed) == [(1, "OrderPlaced"), (2, "GoodsShipped")]


def test_of_the_same_event_twice_at_once_one_happens(placed: Database) -> None:
    assert overlapping(placed, record(PaymentReceived(at=NOON))) == (True, False)
    assert history(placed) == [(1, "OrderPlaced"), (2, "PaymentReceived")]


def test_two_events_at_once_are_numbered_one_after_the_other(placed: Database) -> None:
    overlapping(placed, record(PaymentReceived(at=NOON)), record(GoodsFetched(at=NOON)))
    assert history(placed) == [(1, "OrderPlaced"), (2, "PaymentReceived"), (3, "GoodsFetched")]
    assert find(placed).status is OrderStatus.SHIPPING


def test_a_failed_transaction_leaves_no_event(placed: Database) -> None:
    def fail_after_event() -> None:
        with placed.write() as tx:
            record(PaymentReceived(at=NOON))(tx)
            raise InterruptedError

    with pytest.raises(InterruptedError):
        fail_after_event()
    assert history(placed) == [(1, "OrderPlaced")]
    assert find(placed).status is OrderStatus.AWAITING_PAYMENT


def test_events_are_read_from_where_one_left_off(placed: Database) -> None:
    with placed.write() as tx:
        record(PaymentReceived(at=NOON))(tx)
    assert history(placed, after=1) == [(2, "PaymentReceived")]
    assert history(placed, after=2) == []


def test_an_order_that_ended_cannot_be_canceled(placed: Database) -> None:
    with placed.write() as tx:
        orders.begin_canceling(tx, "o-1")
    assert find(placed).status is OrderStatus.CANCELING
    with placed.write() as tx:
        record(OrderFulfilled(at=NOON))(tx)
        orders.begin_canceling(tx, "o-1")
    assert find(placed).status is OrderStatus.FULFILLED


@pytest.mark.parametrize(
    "effect",
    [
        lambda tx: orders.find(tx, "o-1"),
        record(GoodsFetched(at=NOON)),
        lambda tx: orders.begin_canceling(tx, "o-1"),
    ],
)
def test_what_was_never_placed_is_not_found(shop: Database, effect: Effect[object]) -> None:
    with pytest.raises(NotFoundError) as missing, shop.write() as tx:
        effect(tx)
    assert (missing.value.kind, missing.value.id) == ("order", "o-1")


def test_pages_neither_skip_nor_repeat_orders_of_one_moment(shop: Database) -> None:
    # Two moments a microsecond apart, whose text on SQLite must sort like the moments.
    moments = [NOON] * 5 + [later(microseconds=1)] * 4
    with shop.write() as tx:
        for number, moment in enumerate(moments):
            orders.place(tx, order(f"o-{number}", placed_at=moment))
    seen: list[str] = []
    before: tuple[datetime, str] | None = None
    while True:
        with shop.read() as tx:
            page = orders.list_orders(
                tx, owner=None, customer_id=None, status=None, limit=2, before=before
            )
        if not page:
            break
        seen += [found.id for found in page]
        before = (page[-1].placed_at, page[-1].id)
    assert seen == ["o-8", "o-7", "o-6", "o-5", "o-4", "o-3", "o-2", "o-1", "o-0"]


def test_pages_hold_the_orders_asked_for(shop: Database) -> None:
    with shop.write() as tx:
        orders.place(tx, order("o-1", customer_id="kermit"))
        orders.place(tx, order("o-2", customer_id="piggy"))
        orders.place(tx, order("o-3", customer_id="piggy"))
        orders.record(tx, "o-3", PaymentReceived(at=NOON))

    def page(customer_id: str | None, status: OrderStatus | None) -> list[str]:
        with shop.read() as tx:
            found = orders.list_orders(
                tx, owner=None, customer_id=customer_id, status=status, limit=10, before=None
            )
            return [one.id for one in found]

    assert page("piggy", None) == ["o-3", "o-2"]
    assert page(None, OrderStatus.AWAITING_PAYMENT) == ["o-2", "o-1"]
    assert page("piggy", OrderStatus.FETCHING_GOODS) == ["o-3"]
    assert page("kermit", OrderStatus.FETCHING_GOODS) == []
