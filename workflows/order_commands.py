"""The commands of an order (slide 10), each carried out by an activity."""

from datetime import datetime

from temporalio import workflow

from workflows import activity_options
from workflows.messages import OrderInput
from workflows.steps import execute_local_step, execute_step

with workflow.unsafe.imports_passed_through():
    from activities.inputs import OrderStepInput
    from activities.inventory import InventoryActivities
    from activities.orders import MarkOrderNotFulfilledInput, OrderActivities, RecordedOrder
    from activities.shipment import ShipmentActivities
    from domain.statuses import CancellationReason


class OrderCommands:
    """Each returns when it is done; faults are retried without end. `at` dates the event."""

    def __init__(self, order: OrderInput) -> None:
        """The commands of that order."""
        self._order = order
        self._backoff = order.agreement.backoff

    async def place_order(self) -> RecordedOrder | None:
        """OrderPlaced; returns what is recorded, None in histories of older releases."""
        return await execute_local_step(
            OrderActivities.place_order,
            self._order.placed(),
            "Record the order",
            self._backoff,
        )

    async def fetch_goods(self, at: datetime) -> bool:
        """GoodsFetched, or GoodsUnavailable and False."""
        return await execute_step(
            InventoryActivities.fetch_goods,
            self._step(at),
            **activity_options.inventory("Fetch goods", self._backoff),
        )

    async def return_goods(self, at: datetime) -> None:
        """GoodsReturned."""
        await execute_step(
            InventoryActivities.return_goods,
            self._step(at),
            **activity_options.inventory("Return goods into stock", self._backoff),
        )

    async def ship_goods(self, at: datetime) -> bool:
        """GoodsShipped, or False: the order has ended without it."""
        shipped = await execute_step(
            ShipmentActivities.ship_goods,
            self._step(at),
            **activity_options.carrier("Ship goods", self._backoff),
        )
        return shipped is not False  # None in histories of older releases

    async def recall_shipment(self, at: datetime) -> None:
        """ShipmentRecalled."""
        await execute_step(
            ShipmentActivities.recall_shipment,
            self._step(at),
            **activity_options.carrier("Recall shipment", self._backoff),
        )

    async def mark_payment_received(self, at: datetime) -> None:
        """PaymentReceived."""
        await execute_local_step(
            OrderActivities.mark_payment_received,
            self._step(at),
            "Payment received",
            self._backoff,
        )

    async def mark_payment_canceled(self, at: datetime, summary: str) -> bool:
        """PaymentCanceled; `summary` says how it came about. False if it was received after all."""
        is_canceled = await execute_local_step(
            OrderActivities.mark_payment_canceled,
            self._step(at),
            summary,
            self._backoff,
        )
        return is_canceled is not False  # None in the histories of earlier releases

    async def mark_order_canceling(self, at: datetime) -> bool:
        """Show that the order is being undone; False if it is fulfilled already."""
        return await execute_step(
            OrderActivities.mark_order_canceling,
            self._step(at),
            **activity_options.durable_activity("Cancel order", self._backoff),
        )

    async def mark_order_fulfilled(self, at: datetime) -> None:
        """OrderFulfilled."""
        await execute_local_step(
            OrderActivities.mark_order_fulfilled,
            self._step(at),
            "Mark order as fulfilled",
            self._backoff,
        )

    async def mark_order_not_fulfilled(
        self, at: datetime, reason: CancellationReason
    ) -> CancellationReason:
        """OrderNotFulfilled; returns the reason that is recorded."""
        return await execute_local_step(
            OrderActivities.mark_order_not_fulfilled,
            MarkOrderNotFulfilledInput(at=at, order_id=self._order.order_id, reason=reason),
            f"Mark order as not fulfilled: {reason}",
            self._backoff,
        )

    def _step(self, at: datetime) -> OrderStepInput:
        return OrderStepInput(at=at, order_id=self._order.order_id)
