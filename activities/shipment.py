"""Ship goods, and recall shipments."""

from activities.inputs import OrderStepInput
from activities.uninterrupted import uninterrupted_activity
from domain.events import GoodsShipped, ShipmentRecalled
from gateways.carrier import Carrier, Parcel
from storage import inventory, orders
from storage.database import Database


class ShipmentActivities:
    """Shipments at the carrier, whose reference is the order's id."""

    def __init__(self, database: Database, carrier: Carrier) -> None:
        """Books with `carrier`, and records in `database`."""
        self._database = database
        self._carrier = carrier

    @uninterrupted_activity
    def ship_goods(self, input: OrderStepInput) -> bool:
        """Book the shipment: GoodsShipped; or return False: the order has ended without it."""
        with self._database.read() as tx:
            order = orders.find(tx, input.order_id)
        if order.shipment is not None or order.status.is_final:
            return order.shipment is not None
        parcels = [Parcel(sku=line.sku, quantity=line.quantity) for line in order.lines]
        shipment = self._carrier.book(order.id, order.customer_id, parcels)
        event = GoodsShipped(
            at=input.at, shipment_id=shipment.id, tracking_number=shipment.tracking_number
        )
        with self._database.write() as tx:
            orders.record(tx, order.id, event)
            inventory.ship(tx, order.id)
        return True

    @uninterrupted_activity
    def recall_shipment(self, input: OrderStepInput) -> None:
        """Recall the shipment at the carrier: ShipmentRecalled."""
        shipment = self._carrier.recall(input.order_id)
        event = ShipmentRecalled(at=input.at, shipment_id=shipment.id)
        with self._database.write() as tx:
            orders.record(tx, input.order_id, event)
