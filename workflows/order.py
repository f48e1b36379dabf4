"""The order service: it owns the policies that say what follows what (slides 5-11, 22)."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import assert_never

from temporalio import workflow
from temporalio.exceptions import ApplicationError

from workflows import children
from workflows.cancellation import shielded_from_cancellation
from workflows.joined_child import EndedByForceError
from workflows.messages import OrderInput, OrderResult, PaymentOutcome
from workflows.names import ORDER_STATUS
from workflows.order_commands import OrderCommands
from workflows.resets import ResetWatch
from workflows.timers import wait_for
from workflows.web_ui import order as web_ui

with workflow.unsafe.imports_passed_through():
    from domain.order import STATUS_DURING
    from domain.statuses import CancellationReason, OrderStatus, OrderStep

REFUND_BESIDE_UNDO = "refund-beside-undo"
"""Orders that were canceled before this patch refund the payment between the other steps."""

HEED_CANCELLATION = "heed-cancellation-after-reset"
"""Orders that were reset before this patch do not look whether they are canceled."""


@workflow.defn
class OrderWorkflow:
    """Place order: request payment, fetch goods, ship goods, in the sequence of its policy."""

    @workflow.init
    def __init__(self, input: OrderInput) -> None:
        """An order that was placed; nothing is done for it yet."""
        self._order = input
        self._commands = OrderCommands(input)
        self._latest = input.placed_at
        self._steps: dict[OrderStep, Callable[[], Awaitable[CancellationReason | None]]] = {
            OrderStep.PAYMENT: self._request_payment,
            OrderStep.GOODS: self._fetch_goods,
            OrderStep.SHIPMENT: self._ship_goods,
        }
        self._undo: list[Callable[[], Awaitable[None]]] = []
        self._begun: tuple[OrderStep, ...] = ()
        """Steps that a run before this one may have begun: they are undone too."""
        self._recorded: tuple[OrderStep, ...] = ()
        """Those of them that are recorded: all, unless a backup was restored."""
        self._shown = STATUS_DURING[input.sequence[0]]
        self._placed = False
        self._cancel_requested = False
        self._canceling = asyncio.Lock()
        self._is_canceling: bool | None = None
        self._too_late = False

    @workflow.run
    async def run(self, input: OrderInput) -> OrderResult:
        """Returns when the order is fulfilled, or when everything done for it is undone."""
        del input
        return await shielded_from_cancellation(self._carry_out(), self._request_cancellation)

    async def _carry_out(self) -> OrderResult:
        recorded = await self._commands.place_order()  # OrderPlaced
        if recorded is not None:
            if recorded.status.is_final:
                return OrderResult(status=recorded.status, reason=recorded.reason)
            self._recorded = recorded.begun
            self._begun = self._order.sequence if recorded.is_restored else recorded.begun
            self._cancel_requested |= recorded.is_canceled_by_customer
        watch = ResetWatch(self._heed_cancellation)
        self._placed = True
        reason = await self._follow_policy()
        if reason is CancellationReason.CANCELED_BY_CUSTOMER and not await self._mark_canceling():
            reason = None  # an earlier run of this task, which Temporal rejected, fulfilled it
        if reason is None:
            await self._mark_fulfilled()
        else:
            await self._undo_everything(reason)
            reason = await self._mark_not_fulfilled(reason)
        await wait_for(workflow.all_handlers_finished)
        await watch.finish()
        status = OrderStatus.FULFILLED if reason is None else OrderStatus.NOT_FULFILLED
        return OrderResult(status=status, reason=reason)

    async def _follow_policy(self) -> CancellationReason | None:
        """Step by step; returns the reason if the order can't go on."""
        for step in self._order.sequence:
            if self._cancel_requested and step not in self._begun:
                break
            self._show_step(step)
            reason = await self._steps[step]()
            if reason is not None and not self._cancel_requested:
                return reason
            if reason is not None:
                # What a restore has forgotten is not begun after a step that failed.
                self._begun = self._recorded
        return CancellationReason.CANCELED_BY_CUSTOMER if self._cancel_requested else None

    @workflow.update
    async def cancel_order(self) -> None:
        """The customer cancels: accepted until the goods are shipped, and then certain."""
        self._cancel_requested = True
        await wait_for(lambda: self._placed)
        if not await self._mark_canceling():
            raise ApplicationError("The order is fulfilled.", type="TooLateToCancel")

    @cancel_order.validator
    def _can_be_canceled(self) -> None:
        if self._too_late:
            raise ApplicationError("The goods are on their way.", type="TooLateToCancel")

    async def _request_payment(self) -> CancellationReason | None:
        """The payment may take two weeks; only the customer's cancellation shortens it."""
        payment = await children.request_payment(self._order)
        await wait_for(lambda: payment.done() or self._cancel_requested)
        if not payment.done():
            payment.cancel()
        try:
            result = await payment
        except EndedByForceError:
            # Somebody terminated the payment. What it holds is recorded, and is refunded, unless
            # it was all.
            self._undo.append(self._refund_payment)
            how = "Payment ended by force"
            is_canceled = await self._commands.mark_payment_canceled(self._now(), how)
            return CancellationReason.PAYMENT_CANCELED if is_canceled else None
        self._latest = max(self._latest, result.at)
        match result.outcome:
            case PaymentOutcome.RECEIVED:
                self._undo.append(self._refund_payment)
                await self._commands.mark_payment_received(self._now())  # PaymentReceived
                return None
            case PaymentOutcome.CANCELED:
                await self._commands.mark_payment_canceled(self._now(), "Payment canceled")
                return CancellationReason.PAYMENT_CANCELED
            case _:
                assert_never(result.outcome)

    async def _fetch_goods(self) -> CancellationReason | None:
        if not await self._commands.fetch_goods(self._now()):  # GoodsFetched, GoodsUnavailable
            return CancellationReason.GOODS_UNAVAILABLE
        self._undo.append(self._return_goods)
        return None

    async def _ship_goods(self) -> CancellationReason | None:
        if not await self._commands.ship_goods(self._now()):  # GoodsShipped
            self._cancel_requested = True
            return None
        self._too_late = not self._cancel_requested
        self._undo.append(self._recall_shipment)
        return None

    async def _undo_everything(self, reason: CancellationReason) -> None:
        """Newest first; the refund neither waits for the other steps nor keeps them waiting."""
        self._too_late = reason is not CancellationReason.CANCELED_BY_CUSTOMER
        self._show(OrderStatus.CANCELING, web_ui.UNDOING)
        refund = None
        if self._refund_payment in self._undo and workflow.patched(REFUND_BESIDE_UNDO):
            self._undo.remove(self._refund_payment)
            refund = asyncio.create_task(self._refund_payment())
        while self._undo:
            await self._undo.pop()()
        if refund is not None:
            await refund

    async def _recall_shipment(self) -> None:
        await self._commands.recall_shipment(self._now())  # ShipmentRecalled

    async def _return_goods(self) -> None:
        await self._commands.return_goods(self._now())  # GoodsReturned

    async def _refund_payment(self) -> None:
        await children.refund_payment(self._order, self._now())

    async def _mark_fulfilled(self) -> None:
        self._too_late = True
        await self._commands.mark_order_fulfilled(self._now())  # OrderFulfilled
        self._show(OrderStatus.FULFILLED, web_ui.FULFILLED)

    async def _mark_not_fulfilled(self, reason: CancellationReason) -> CancellationReason:
        self._too_late = True
        recorded = await self._commands.mark_order_not_fulfilled(self._now(), reason)
        self._show(OrderStatus.NOT_FULFILLED, web_ui.not_fulfilled(recorded))
        return recorded  # OrderNotFulfilled

    async def _mark_canceling(self) -> bool:
        """Runs once, however often it is requested; False if the order is fulfilled."""
        async with self._canceling:
            if self._is_canceling is None:
                self._is_canceling = await self._commands.mark_order_canceling(self._now())
        return self._is_canceling

    async def _heed_cancellation(self) -> None:
        """One that a reset has left out of the history was accepted all the same."""
        if workflow.patched(HEED_CANCELLATION):
            recorded = await self._commands.place_order()
            self._cancel_requested |= recorded is not None and recorded.is_canceled_by_customer

    def _now(self) -> datetime:
        """Never before the latest event: a payment's clock may have been moved forward."""
        self._latest = max(self._latest, workflow.now())
        return self._latest

    def _request_cancellation(self) -> None:
        """The workflow itself was canceled: the same as a cancellation by the customer."""
        self._cancel_requested = self._cancel_requested or not self._too_late

    def _show_step(self, step: OrderStep) -> None:
        """Each search attribute is an event: not for goods, which are fetched in milliseconds."""
        is_wait = step is not OrderStep.GOODS or not self._order.agreement.spares_history
        status = STATUS_DURING[step] if is_wait else self._shown
        self._show(status, web_ui.during(self._order.sequence, step))

    def _show(self, status: OrderStatus, text: str) -> None:
        """In Temporal's Web UI."""
        news = [] if status is self._shown else [ORDER_STATUS.value_set(status)]
        web_ui.show(text, *news)
        self._shown = status
