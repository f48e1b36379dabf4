"""Record the events of an order that concern only its own rows."""

from activities.inputs import OrderStepInput
from activities.uninterrupted import uninterrupted_activity
from domain.events import OrderFulfilled, OrderNotFulfilled, PaymentCanceled, PaymentReceived
from domain.order import Order
from domain.statuses import CancellationReason, OrderStatus
from storage import orders
from storage.database import Database

UNDONE = {OrderStatus.CANCELING, OrderStatus.NOT_FULFILLED}


class MarkOrderNotFulfilledInput(OrderStepInput):
    """Why the order is not fulfilled."""

    reason: CancellationReason


class OrderActivities:
    """Steps that change only the order's own rows."""

    def __init__(self, database: Database) -> None:
        """Uses `database`."""
        self._database = database

    @uninterrupted_activity
    def place_order(self, order: Order) -> None:
        """Record the order: OrderPlaced."""
        with self._database.write() as tx:
            orders.place(tx, order)

    @uninterrupted_activity
    def mark_payment_received(self, input: OrderStepInput) -> None:
        """Record that the order's payment was received: PaymentReceived."""
        with self._database.write() as tx:
            orders.record(tx, input.order_id, PaymentReceived(at=input.at))

    @uninterrupted_activity
    def mark_payment_canceled(self, input: OrderStepInput) -> None:
        """Record that the order's payment was canceled: PaymentCanceled."""
        with self._database.write() as tx:
            orders.record(tx, input.order_id, PaymentCanceled(at=input.at))

    @uninterrupted_activity
    def mark_order_canceling(self, input: OrderStepInput) -> bool:
        """Set the order's status `canceling`, without an event; return False if it is fulfilled."""
        with self._database.write() as tx:
            orders.begin_canceling(tx, input.order_id)
            return orders.find(tx, input.order_id).status is not OrderStatus.FULFILLED

    @uninterrupted_activity
    def mark_order_fulfilled(self, input: OrderStepInput) -> None:
        """Record the order's successful end: OrderFulfilled.

        Changes nothing once the order is being undone: a worker that was unavailable may call this
        long after the workflow decided to cancel.
        """
        with self._database.write() as tx:
            if orders.lock(tx, input.order_id).status in UNDONE:
                return
            orders.record(tx, input.order_id, OrderFulfilled(at=input.at))

    @uninterrupted_activity
    def mark_order_not_fulfilled(self, input: MarkOrderNotFulfilledInput) -> CancellationReason:
        """Record the order's end without fulfillment: OrderNotFulfilled.

        Returns the recorded reason. It may differ from the given one: an earlier workflow task may
        have recorded its reason before the server refused that task because of a new signal.
        """
        event = OrderNotFulfilled(at=input.at, reason=input.reason)
        with self._database.write() as tx:
            orders.record(tx, input.order_id, event)
            return orders.find(tx, input.order_id).reason or input.reason
