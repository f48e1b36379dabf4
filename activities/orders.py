"""Record the events of an order that concern only its own rows."""

from pydantic import BaseModel
from sqlalchemy import Connection

from activities.inputs import OrderStepInput
from activities.uninterrupted import uninterrupted_activity
from domain.events import (
    GoodsFetched,
    GoodsShipped,
    GoodsUnavailable,
    OrderFulfilled,
    OrderNotFulfilled,
    PaymentCanceled,
    PaymentReceived,
)
from domain.order import Order
from domain.statuses import CancellationReason, OrderStatus, OrderStep, order_workflow_id
from storage import events, orders, payments, restores
from storage.database import Database

UNDONE = {OrderStatus.CANCELING, OrderStatus.NOT_FULFILLED}


class MarkOrderNotFulfilledInput(OrderStepInput):
    """Why the order is not fulfilled."""

    reason: CancellationReason


class RecordedOrder(BaseModel):
    """What is recorded of an order that is placed again, because its workflow was reset.

    `begun` are the steps that may have to be undone. With `is_restored` more may have begun: they
    are in no backup. With `is_canceled_by_customer` the order is being undone, or is undone, for no
    other reason.
    """

    status: OrderStatus
    reason: CancellationReason | None
    begun: tuple[OrderStep, ...]
    is_canceled_by_customer: bool
    is_restored: bool = False


class OrderActivities:
    """Steps that change only the order's own rows."""

    def __init__(self, database: Database) -> None:
        """Uses `database`."""
        self._database = database

    @uninterrupted_activity
    def place_order(self, order: Order) -> RecordedOrder | None:
        """Record the order: OrderPlaced; returns what is recorded of it, unless it is new.

        One that was placed before a restore is not new: its row may be lost.
        """
        with self._database.write() as tx:
            if orders.place(tx, order) and not restores.is_since(tx, order.placed_at):
                return None
            return _recorded(tx, orders.find(tx, order.id))

    @uninterrupted_activity
    def mark_payment_received(self, input: OrderStepInput) -> None:
        """Record that the order's payment was received: PaymentReceived."""
        with self._database.write() as tx:
            orders.record(tx, input.order_id, PaymentReceived(at=input.at))

    @uninterrupted_activity
    def mark_payment_canceled(self, input: OrderStepInput) -> bool:
        """Record that the order's payment was canceled: PaymentCanceled.

        False, with PaymentReceived instead, if that was the last that its workflow recorded before
        somebody ended it.
        """
        with self._database.write() as tx:
            is_received = payments.has_event(tx, input.order_id, PaymentReceived, 1)
            event = (PaymentReceived if is_received else PaymentCanceled)(at=input.at)
            orders.record(tx, input.order_id, event)
            return not is_received

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
            order = orders.lock(tx, input.order_id)
            if order.status in UNDONE:
                return
            orders.record_locked(tx, order, OrderFulfilled(at=input.at))

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


def _recorded(tx: Connection, order: Order) -> RecordedOrder:
    known = events.keys(tx, order_workflow_id(order.id))
    begun = {
        OrderStep.PAYMENT: bool(payments.find_many(tx, [order.id])),
        OrderStep.GOODS: GoodsFetched.name() in known,
        OrderStep.SHIPMENT: GoodsShipped.name() in known,
    }
    is_failed = not known.isdisjoint({PaymentCanceled.name(), GoodsUnavailable.name()})
    return RecordedOrder(
        status=order.status,
        reason=order.reason,
        begun=tuple(step for step in order.sequence if begun[step]),
        is_canceled_by_customer=order.status in UNDONE and not is_failed,
        is_restored=restores.is_since(tx, order.placed_at),
    )
