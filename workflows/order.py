"""The order service: it owns the policies that say what follows what (slides 5-11, 22)."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import assert_never

from temporalio import workflow
from temporalio.exceptions import ApplicationError, ChildWorkflowError

from workflows import activity_options, children
from workflows.cancellation import Result, to_its_end
from workflows.messages import OrderInput, OrderResult, PaymentOutcome
from workflows.names import ORDER_STATUS
from workflows.web_ui import order as web_ui

with workflow.unsafe.imports_passed_through():
    from activities.inputs import OrderStepInput
    from activities.inventory import InventoryActivities
    from activities.orders import MarkOrderNotFulfilledInput, OrderActivities, PlaceOrderInput
    from activities.shipment import ShipmentActivities
    from domain.order import SEQUENCES, STATUS_DURING
    from domain.statuses import CancellationReason, OrderStatus, OrderStep


@workflow.defn
class OrderWorkflow:
    """Place order: request payment, fetch goods, ship goods, in the sequence of its policy."""

    @workflow.init
    def __init__(self, input: OrderInput) -> None:
        """An order that was placed, of which nothing is done yet."""
        self._order = input
        self._backoff = input.agreement.backoff
        self._latest = input.placed_at
        self._steps: dict[OrderStep, Callable[[], Awaitable[CancellationReason | None]]] = {
            OrderStep.PAYMENT: self._request_payment,
            OrderStep.GOODS: self._fetch_goods,
            OrderStep.SHIPMENT: self._ship_goods,
        }
        self._undo: list[Callable[[], Awaitable[None]]] = []
        self._shown = STATUS_DURING[SEQUENCES[input.policy][0]]
        self._placed = False
        self._cancel_requested = False
        self._canceling = asyncio.Lock()
        self._is_canceling: bool | None = None
        self._too_late = False

    @workflow.run
    async def run(self, input: OrderInput) -> OrderResult:
        """Answers when the order is fulfilled, or when all that was done for it is undone."""
        del input
        return await to_its_end(self._carry_out(), self._heed_cancellation)

    async def _carry_out(self) -> OrderResult:
        await self._place_order()
        reason = await self._follow_policy()
        if reason is CancellationReason.CANCELED_BY_CUSTOMER and not await self._mark_canceling():
            reason = None  # a former try of this task, which Temporal refused, has fulfilled it
        if reason is None:
            await self._mark_fulfilled()
        else:
            await self._undo_everything(reason)
            reason = await self._mark_not_fulfilled(reason)
        await workflow.wait_condition(workflow.all_handlers_finished)
        status = OrderStatus.FULFILLED if reason is None else OrderStatus.NOT_FULFILLED
        return OrderResult(status=status, reason=reason)

    async def _follow_policy(self) -> CancellationReason | None:
        """Step by step; the reason why the order can't go on, if there is one."""
        for step in SEQUENCES[self._order.policy]:
            if self._cancel_requested:
                break
            self._show(STATUS_DURING[step], web_ui.during(self._order.policy, step))
            reason = await self._steps[step]()
            if reason is not None and not self._cancel_requested:
                return reason
        return CancellationReason.CANCELED_BY_CUSTOMER if self._cancel_requested else None

    @workflow.update
    async def cancel_order(self) -> None:
        """The customer cancels: accepted until the goods are shipped, and then surely done."""
        self._cancel_requested = True
        await workflow.wait_condition(lambda: self._placed)
        if not await self._mark_canceling():
            raise ApplicationError("The order is fulfilled.", type="TooLateToCancel")

    @cancel_order.validator
    def _can_be_canceled(self) -> None:
        if self._too_late:
            raise ApplicationError("The goods are on their way.", type="TooLateToCancel")

    async def _place_order(self) -> None:
        await workflow.execute_local_activity_method(
            OrderActivities.place_order,
            PlaceOrderInput(
                at=self._order.placed_at,
                order_id=self._order.order_id,
                customer_id=self._order.customer_id,
                policy=self._order.policy,
                lines=self._order.lines,
                currency=self._order.currency,
            ),
            **activity_options.booking("Record the order", self._backoff),
        )
        self._placed = True

    async def _request_payment(self) -> CancellationReason | None:
        """The payment may take two weeks; only the customer's cancellation makes it hurry."""
        payment = await children.request_payment(self._order)
        await workflow.wait_condition(lambda: payment.done() or self._cancel_requested)
        if not payment.done():
            payment.cancel()
        try:
            result = await payment
        except ChildWorkflowError:
            # Somebody ended the payment by force. What it held is in the books, and given back.
            self._undo.append(self._refund_payment)
            await self._book(OrderActivities.mark_payment_canceled, "Payment ended by force")
            return CancellationReason.PAYMENT_CANCELED
        self._latest = max(self._latest, result.at)
        match result.outcome:
            case PaymentOutcome.RECEIVED:
                self._undo.append(self._refund_payment)
                await self._book(OrderActivities.mark_payment_received, "Payment received")
                return None
            case PaymentOutcome.CANCELED:
                await self._book(OrderActivities.mark_payment_canceled, "Payment canceled")
                return CancellationReason.PAYMENT_CANCELED
            case _:
                assert_never(result.outcome)

    async def _fetch_goods(self) -> CancellationReason | None:
        fetched = await workflow.execute_activity_method(
            InventoryActivities.fetch_goods,
            self._step(),
            **activity_options.inventory("Fetch goods", self._backoff),
        )
        if not fetched:
            return CancellationReason.GOODS_UNAVAILABLE
        self._undo.append(self._return_goods)
        return None

    async def _ship_goods(self) -> CancellationReason | None:
        await workflow.execute_activity_method(
            ShipmentActivities.ship_goods,
            self._step(),
            **activity_options.carrier("Ship goods", self._backoff),
        )
        self._too_late = not self._cancel_requested
        self._undo.append(self._recall_shipment)
        return None

    async def _undo_everything(self, reason: CancellationReason) -> None:
        """Newest first."""
        self._too_late = reason is not CancellationReason.CANCELED_BY_CUSTOMER
        self._show(OrderStatus.CANCELING, web_ui.UNDOING)
        while self._undo:
            await self._undo.pop()()

    async def _recall_shipment(self) -> None:
        await workflow.execute_activity_method(
            ShipmentActivities.recall_shipment,
            self._step(),
            **activity_options.carrier("Recall shipment", self._backoff),
        )

    async def _return_goods(self) -> None:
        await workflow.execute_activity_method(
            InventoryActivities.return_goods,
            self._step(),
            **activity_options.inventory("Return goods into stock", self._backoff),
        )

    async def _refund_payment(self) -> None:
        await children.refund_payment(self._order, self._now())

    async def _mark_fulfilled(self) -> None:
        self._too_late = True
        await self._book(OrderActivities.mark_order_fulfilled, "Mark order as fulfilled")
        self._show(OrderStatus.FULFILLED, web_ui.FULFILLED)

    async def _mark_not_fulfilled(self, reason: CancellationReason) -> CancellationReason:
        self._too_late = True
        written = await workflow.execute_local_activity_method(
            OrderActivities.mark_order_not_fulfilled,
            MarkOrderNotFulfilledInput(
                at=self._now(), order_id=self._order.order_id, reason=reason
            ),
            **activity_options.booking(f"Mark order as not fulfilled: {reason}", self._backoff),
        )
        self._show(OrderStatus.NOT_FULFILLED, web_ui.not_fulfilled(written))
        return written

    async def _mark_canceling(self) -> bool:
        """Once, whoever asks first; False if the order is fulfilled."""
        async with self._canceling:
            if self._is_canceling is None:
                self._is_canceling = await workflow.execute_activity_method(
                    OrderActivities.mark_order_canceling,
                    self._step(),
                    **activity_options.decision("Cancel order", self._backoff),
                )
        return self._is_canceling

    async def _book(
        self, mark: Callable[[OrderActivities, OrderStepInput], Result], summary: str
    ) -> Result:
        return await workflow.execute_local_activity_method(
            mark, self._step(), **activity_options.booking(summary, self._backoff)
        )

    def _step(self) -> OrderStepInput:
        return OrderStepInput(at=self._now(), order_id=self._order.order_id)

    def _now(self) -> datetime:
        """Never before the newest news: a payment's clock may have been moved on."""
        self._latest = max(self._latest, workflow.now())
        return self._latest

    def _heed_cancellation(self) -> None:
        """Somebody canceled the workflow itself: as if the customer had canceled, if they may."""
        self._cancel_requested = self._cancel_requested or not self._too_late

    def _show(self, status: OrderStatus, text: str) -> None:
        """To people who look at the workflow in the Temporal Web UI."""
        news = [] if status is self._shown else [ORDER_STATUS.value_set(status)]
        web_ui.show(text, *news)
        self._shown = status
