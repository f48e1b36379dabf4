"""The order service where the event chain fails, as tests/unit/dev/choreography shows."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

from activities.inputs import OrderStepInput
from activities.inventory import InventoryActivities
from config import Settings
from dev.temporal_server.server import TemporalServer
from domain.order import Order
from domain.statuses import OrderPolicy, OrderStatus, PaymentStatus
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
    harness: Harness,
) -> None:
    """As Temporal repeats an activity whose answer was lost: stock and event change together."""
    order = await harness.place_order(harness.customer("pm_bad"), OrderPolicy.CHARGE_LATER, stock=5)
    payment = harness.payment_of(order)
    await harness.waiting(payment)
    assert harness.events(order) == ["OrderPlaced", "GoodsFetched", "GoodsShipped"]

    repeated = OrderStepInput(at=datetime.now(UTC), order_id=row(harness, order).id)
    assert InventoryActivities(harness.database).fetch_goods(repeated)

    assert harness.events(order) == ["OrderPlaced", "GoodsFetched", "GoodsShipped"]
    with harness.database.read() as tx:
        assert inventory.find(tx, row(harness, order).lines[0].sku).stock == 4
    await harness.update_card(payment, "pm_good")
    assert (await order.result()).status is OrderStatus.FULFILLED


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
