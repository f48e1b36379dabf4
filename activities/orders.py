"""What the order service writes down itself."""

from temporalio import activity

from activities.inputs import OrderStepInput
from domain.events import OrderFulfilled, OrderNotFulfilled, PaymentCanceled, PaymentReceived
from domain.order import Order
from domain.statuses import CancellationReason, OrderStatus
from storage import orders
from storage.database import Database

UNDONE = {OrderStatus.CANCELING, OrderStatus.NOT_FULFILLED}


class MarkOrderNotFulfilledInput(OrderStepInput):
    """Why the order came to nothing."""

    reason: CancellationReason


class OrderActivities:
    """Steps that touch nothing but the order's own rows."""

    def __init__(self, database: Database) -> None:
        """All in `database`."""
        self._database = database

    @activity.defn
    def place_order(self, order: Order) -> None:
        """Record the order: OrderPlaced."""
        with self._database.write() as tx:
            orders.place(tx, order)

    @activity.defn
    def mark_payment_received(self, input: OrderStepInput) -> None:
        """The order heard of its payment: PaymentReceived."""
        with self._database.write() as tx:
            orders.record(tx, input.order_id, PaymentReceived(at=input.at))

    @activity.defn
    def mark_payment_canceled(self, input: OrderStepInput) -> None:
        """The order heard that it will not be paid: PaymentCanceled."""
        with self._database.write() as tx:
            orders.record(tx, input.order_id, PaymentCanceled(at=input.at))

    @activity.defn
    def mark_order_canceling(self, input: OrderStepInput) -> bool:
        """Show that the order is being undone; no event, nothing is undone yet.

        False if it is fulfilled, and stays so.
        """
        with self._database.write() as tx:
            orders.begin_canceling(tx, input.order_id)
            return orders.find(tx, input.order_id).status is not OrderStatus.FULFILLED

    @activity.defn
    def mark_order_fulfilled(self, input: OrderStepInput) -> None:
        """The happy end: OrderFulfilled.

        Nothing once the order is being undone: a worker that was away may do this long after
        another one decided again.
        """
        with self._database.write() as tx:
            if orders.lock(tx, input.order_id).status in UNDONE:
                return
            orders.record(tx, input.order_id, OrderFulfilled(at=input.at))

    @activity.defn
    def mark_order_not_fulfilled(self, input: MarkOrderNotFulfilledInput) -> CancellationReason:
        """The other end: OrderNotFulfilled.

        Returns the reason that is written down: a former try of this task, which Temporal refused
        because there was news, may have had another one.
        """
        event = OrderNotFulfilled(at=input.at, reason=input.reason)
        with self._database.write() as tx:
            orders.record(tx, input.order_id, event)
            return orders.find(tx, input.order_id).reason or input.reason
