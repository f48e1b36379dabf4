"""Changes of what a workflow asks Temporal for that forget the workflows under way, and one not."""

from collections.abc import Callable
from typing import Any

import pytest
from temporalio import workflow

import workflows.children
from domain.statuses import CancellationReason, OrderPolicy, OrderStep
from workflows.messages import OrderInput
from workflows.order import OrderWorkflow
from workflows.payment import PaymentWorkflow

Bug = Callable[[pytest.MonkeyPatch], None]

PATCH_NAME = "fetch_goods-again"


def swap_steps(patch: pytest.MonkeyPatch) -> None:
    """Goods are fetched before they are paid, whatever sequence the order carries."""
    carried = OrderInput.sequence

    def swapped(self: OrderInput) -> tuple[OrderStep, ...]:
        if self.policy is OrderPolicy.CHARGE_FIRST:
            return (OrderStep.GOODS, OrderStep.PAYMENT, OrderStep.SHIPMENT)
        return carried.__get__(self)

    patch.setattr(OrderInput, "sequence", property(swapped))


def add_activity(patch: pytest.MonkeyPatch) -> None:
    """Goods are fetched once more before they are shipped."""
    _fetch_again(patch, when=lambda: True)


def add_activity_for_new_orders(patch: pytest.MonkeyPatch) -> None:
    """The same, as it should be done: orders under way keep their sequence."""
    _fetch_again(patch, when=lambda: workflow.patched(PATCH_NAME))


def leave_out_activity(patch: pytest.MonkeyPatch) -> None:
    """The customer is reminded of nothing."""

    async def remind_nobody(self: Any) -> None:
        self._reminders += 1

    patch.setattr(PaymentWorkflow, "_remind_customer", remind_nobody)


def remove_timer(patch: pytest.MonkeyPatch) -> None:
    """A payment waits without end."""
    wait_condition = workflow.wait_condition

    async def wait_without_end(condition: Callable[[], bool], **_: object) -> None:
        await wait_condition(condition)

    patch.setattr(workflow, "wait_condition", wait_without_end)


def rename_child(patch: pytest.MonkeyPatch) -> None:
    """A payment's workflow goes by another id."""
    patch.setattr(workflows.children, "payment_workflow_id", "payment-of-order/{}".format)


def show_nothing(patch: pytest.MonkeyPatch) -> None:
    """An order's status is no search attribute any more."""
    patch.setattr(OrderWorkflow, "_show", lambda *_: None)


def _fetch_again(patch: pytest.MonkeyPatch, when: Callable[[], bool]) -> None:
    ship_goods = OrderWorkflow._ship_goods

    async def fetch_and_ship(self: Any) -> CancellationReason | None:
        if when():
            await self._fetch_goods()
        return await ship_goods(self)

    patch.setattr(OrderWorkflow, "_ship_goods", fetch_and_ship)
