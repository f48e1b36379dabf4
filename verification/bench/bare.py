"""A workflow of the same shape as an order that is paid at once, whose activities do nothing.

Its speed is the limit that Temporal sets on this machine; the difference is our own cost.
"""

from datetime import timedelta
from enum import StrEnum, auto

from temporalio import activity, workflow

TASK_QUEUE = "bare"
TIMEOUT = timedelta(seconds=30)


class Step(StrEnum):
    """The kind of activity of the real step."""

    LOCAL = auto()
    REGULAR = auto()


PAYMENT = (
    Step.LOCAL,  # request_payment
    Step.LOCAL,  # withdraw_amount
    Step.REGULAR,  # charge_card
    Step.LOCAL,  # receive_payment
)
BEFORE_PAYMENT = (Step.LOCAL,)  # place_order
AFTER_PAYMENT = (
    Step.LOCAL,  # mark_payment_received
    Step.REGULAR,  # fetch_goods
    Step.REGULAR,  # ship_goods
    Step.LOCAL,  # mark_order_fulfilled
)
STEPS = (*BEFORE_PAYMENT, *PAYMENT, *AFTER_PAYMENT)


@activity.defn
async def nothing() -> None:
    """Do nothing."""


@workflow.defn
class BarePayment:
    """The child."""

    @workflow.run
    async def run(self, mixed: bool) -> None:  # noqa: FBT001  a workflow's input has no keyword
        """With local activities where a payment has them if `mixed`, else with none."""
        await _carry_out(PAYMENT, mixed=mixed)


@workflow.defn
class BareOrder:
    """The parent."""

    @workflow.run
    async def run(self, mixed: bool) -> None:  # noqa: FBT001
        """With local activities where an order has them if `mixed`, else with none."""
        await _carry_out(BEFORE_PAYMENT, mixed=mixed)
        await workflow.execute_child_workflow(
            BarePayment.run, mixed, id=f"{workflow.info().workflow_id}/payment"
        )
        await _carry_out(AFTER_PAYMENT, mixed=mixed)


async def _carry_out(steps: tuple[Step, ...], *, mixed: bool) -> None:
    for step in steps:
        if mixed and step is Step.LOCAL:
            await workflow.execute_local_activity(nothing, start_to_close_timeout=TIMEOUT)
        else:
            await workflow.execute_activity(nothing, start_to_close_timeout=TIMEOUT)
