"""Two workers may end an order, one of them long after the other: the first one counts."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from activities.inputs import OrderStepInput
from activities.orders import MarkOrderNotFulfilledInput, OrderActivities
from domain.statuses import CancellationReason, OrderStatus
from storage import orders, restores
from storage.database import Database
from tests.support.databases import new_sqlite
from tests.support.examples import NOON, add_customer, later, order

STEP = OrderStepInput(at=NOON, order_id="o-1")


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with new_sqlite(tmp_path) as database:
        with database.write() as tx:
            add_customer(tx)
            orders.place(tx, order())
        yield database


def status(database: Database) -> OrderStatus:
    with database.read() as tx:
        return orders.find(tx, "o-1").status


def not_fulfilled(reason: CancellationReason) -> MarkOrderNotFulfilledInput:
    return MarkOrderNotFulfilledInput(at=NOON, order_id="o-1", reason=reason)


def test_an_order_that_is_fulfilled_is_not_undone(database: Database) -> None:
    steps = OrderActivities(database)
    steps.mark_order_fulfilled(STEP)

    assert steps.mark_order_canceling(STEP) is False
    assert status(database) is OrderStatus.FULFILLED


def test_an_order_that_is_being_undone_is_not_fulfilled(database: Database) -> None:
    steps = OrderActivities(database)
    assert steps.mark_order_canceling(STEP) is True

    steps.mark_order_fulfilled(STEP)

    assert status(database) is OrderStatus.CANCELING


def test_an_order_that_was_undone_is_not_fulfilled(database: Database) -> None:
    steps = OrderActivities(database)
    steps.mark_order_not_fulfilled(not_fulfilled(CancellationReason.GOODS_UNAVAILABLE))

    steps.mark_order_fulfilled(STEP)

    assert status(database) is OrderStatus.NOT_FULFILLED


def test_an_order_keeps_the_reason_it_was_undone_for(database: Database) -> None:
    steps = OrderActivities(database)
    first, second = CancellationReason.GOODS_UNAVAILABLE, CancellationReason.CANCELED_BY_CUSTOMER

    assert steps.mark_order_not_fulfilled(not_fulfilled(first)) is first
    assert steps.mark_order_not_fulfilled(not_fulfilled(second)) is first


@pytest.mark.parametrize(("hours", "is_restored"), [(-1, False), (1, True)])
def test_what_was_begun_is_not_known_of_an_order_placed_before_a_restore(
    database: Database, hours: int, is_restored: bool
) -> None:
    with database.write() as tx:
        restores.record(tx, later(hours=hours))

    recorded = OrderActivities(database).place_order(order())
    assert (recorded is not None and recorded.is_restored) == is_restored
