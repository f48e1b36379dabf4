"""The order service where the event chain fails, as tests/unit/dev/choreography shows."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from temporalio import activity

from activities.inputs import OrderStepInput
from activities.inventory import InventoryActivities
from config import Settings
from dev.temporal_server.server import TemporalServer
from domain.order import Order
from domain.statuses import OrderStatus, PaymentStatus
from storage import inventory, orders
from tests.integration.workflows.harness import Harness, OrderHandle, open_office
from worker import Contexts, worker_for
from workflows.names import TaskQueue


def row(harness: Harness, order: OrderHandle) -> Order:
    """The order, as the API reads it: no worker needs to run."""
    with harness.database.read() as tx:
        return orders.find(tx, order.id.removeprefix("order/"))


async def test_while_inventory_and_shipment_are_down_the_order_says_where_it_is(
    temporal: TemporalServer, tmp_path: Path
) -> None:
    """Without their worker, the steps wait in Temporal."""
    others = (TaskQueue.ORDERS, TaskQueue.PAYMENTS)
    async with open_office(temporal.address, tmp_path, queues=others) as harness:
        order = await harness.place_order(harness.customer("pm_good"))
        await harness.until(lambda: harness.events(order) == ["OrderPlaced", "PaymentReceived"])
        assert row(harness, order).status is OrderStatus.FETCHING_GOODS

        contexts = Contexts(harness.database, harness.cards, harness.carrier, harness.search_lag)
        settings = Settings(drain_seconds=0)
        with ThreadPoolExecutor(20) as executor:
            queue = TaskQueue.FULFILLMENT
            async with worker_for(harness.client, queue, contexts, executor, settings):
                assert (await order.result()).status is OrderStatus.FULFILLED


async def test_goods_that_are_fetched_twice_after_a_crash_leave_the_stock_once(
    temporal: TemporalServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The activity is repeated, as in the chain; stock and event are one transaction."""
    fetch_goods = InventoryActivities.fetch_goods
    calls: list[str] = []

    @activity.defn(name="fetch_goods", no_thread_cancel_exception=True)
    def crash_once(self: InventoryActivities, input: OrderStepInput) -> bool:
        is_fetched = fetch_goods(self, input)
        calls.append(input.order_id)
        if len(calls) == 1:
            raise RuntimeError("The worker was killed before it could answer.")
        return is_fetched

    monkeypatch.setattr(InventoryActivities, "fetch_goods", crash_once)
    async with open_office(temporal.address, tmp_path) as harness:
        order = await harness.place_order(harness.customer("pm_good"), stock=5)
        assert (await order.result()).status is OrderStatus.FULFILLED

        assert len(calls) == 2
        assert harness.events(order).count("GoodsFetched") == 1
        with harness.database.read() as tx:
            assert inventory.find(tx, row(harness, order).lines[0].sku).stock == 4


async def test_a_declined_card_has_an_owner(harness: Harness) -> None:
    """The payment waits for another card; the order knows what it waits for."""
    order = await harness.place_order(harness.customer("pm_bad"))
    payment = harness.payment_of(order)
    waiting = await harness.waiting(payment)

    assert row(harness, order).status is OrderStatus.AWAITING_PAYMENT
    assert waiting.status is PaymentStatus.AWAITING_CARD
    assert waiting.deadline is not None
    await harness.update_card(payment, "pm_good")
    assert (await order.result()).status is OrderStatus.FULFILLED
