"""Goods are fetched and returned once, however often the activities run."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from temporalio.testing import ActivityEnvironment

from activities.inputs import OrderStepInput
from activities.inventory import InventoryActivities
from storage import events, inventory, orders
from storage.database import Database
from storage.migrate import migrate
from tests.support.examples import NOON, add_customer, line, order, product

STEP = OrderStepInput(at=NOON, order_id="o")


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """With an order of two pieces, of which ten are in stock."""
    url = f"sqlite:///{tmp_path}/orders.db"
    migrate(url)
    database = Database(url)
    with database.write() as tx:
        add_customer(tx)
        inventory.put(tx, product(stock=10))
        orders.place(tx, order("o", line(quantity=2)))
    yield database
    database.close()


def stock(database: Database) -> int:
    """Pieces that nobody has ordered."""
    with database.read() as tx:
        return inventory.find(tx, "pond-lily").stock


def recorded(database: Database) -> list[str]:
    """The types of the order's events."""
    with database.read() as tx:
        return [event.type for event in events.of_stream(tx, "order/o")]


def test_goods_are_fetched_and_returned_once(database: Database) -> None:
    activities = InventoryActivities(database)
    run = ActivityEnvironment().run
    assert [run(activities.fetch_goods, STEP) for _ in range(2)] == [True, True]
    assert stock(database) == 8
    for _ in range(2):
        run(activities.return_goods, STEP)
    assert stock(database) == 10
    assert recorded(database) == ["OrderPlaced", "GoodsFetched", "GoodsReturned"]


def test_goods_that_were_unavailable_stay_so(database: Database) -> None:
    """The order goes on by the first answer, also if a worker repeats it when there is stock."""
    activities = InventoryActivities(database)
    run = ActivityEnvironment().run
    with database.write() as tx:
        inventory.put(tx, product(stock=1))
    assert run(activities.fetch_goods, STEP) is False
    with database.write() as tx:
        inventory.put(tx, product(stock=10))
    assert run(activities.fetch_goods, STEP) is False
    assert stock(database) == 10
    assert recorded(database) == ["OrderPlaced", "GoodsUnavailable"]
