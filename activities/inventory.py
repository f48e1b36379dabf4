"""Fetch goods from the inventory, and return them."""

from activities.inputs import OrderStepInput
from activities.uninterrupted import uninterrupted_activity
from domain.errors import GoodsUnavailableError
from domain.events import GoodsFetched, GoodsReturned, GoodsUnavailable
from domain.statuses import order_workflow_id
from storage import events, inventory, orders
from storage.database import Database


class InventoryActivities:
    """The stock in the database."""

    def __init__(self, database: Database) -> None:
        """Uses `database`."""
        self._database = database

    @uninterrupted_activity
    def fetch_goods(self, input: OrderStepInput) -> bool:
        """Reserve all lines: GoodsFetched; or return False and reserve none: GoodsUnavailable."""
        with self._database.write() as tx:
            order = orders.lock(tx, input.order_id)
            if events.has(tx, order_workflow_id(order.id), GoodsUnavailable.name()):
                return False
            try:
                inventory.reserve(tx, order.id, order.lines)
            except GoodsUnavailableError as error:
                orders.record_locked(tx, order, GoodsUnavailable(at=input.at, sku=error.sku))
                return False
            orders.record_locked(tx, order, GoodsFetched(at=input.at))
        return True

    @uninterrupted_activity
    def return_goods(self, input: OrderStepInput) -> None:
        """Put all pieces back into stock: GoodsReturned."""
        with self._database.write() as tx:
            if orders.record(tx, input.order_id, GoodsReturned(at=input.at)):
                inventory.give_back(tx, input.order_id)
