"""The least workflow of an order's shape: a child for the payment, and activities that do nothing.

Its speed is the limit that Temporal sets on this machine; the difference is our own cost.
"""

from datetime import timedelta

from temporalio import activity, workflow

TASK_QUEUE = "bare"
TIMEOUT = timedelta(seconds=30)

PAYMENT_STEPS = 2
"""Charge the card, and receive the payment."""

ORDER_STEPS = 5
"""Place the order, mark its payment received, fetch and ship the goods, mark it fulfilled."""


@activity.defn
async def nothing() -> None:
    """Do nothing."""


@workflow.defn
class BarePayment:
    """The child."""

    @workflow.run
    async def run(self, local: bool) -> None:  # noqa: FBT001  a workflow's input has no keyword
        """With local activities if `local`, else with regular ones."""
        await _carry_out(PAYMENT_STEPS, local=local)


@workflow.defn
class BareOrder:
    """The parent."""

    @workflow.run
    async def run(self, local: bool) -> None:  # noqa: FBT001
        """With local activities if `local`, else with regular ones."""
        await workflow.execute_child_workflow(
            BarePayment.run, local, id=f"{workflow.info().workflow_id}/payment"
        )
        await _carry_out(ORDER_STEPS, local=local)


async def _carry_out(steps: int, *, local: bool) -> None:
    for _ in range(steps):
        if local:
            await workflow.execute_local_activity(nothing, start_to_close_timeout=TIMEOUT)
        else:
            await workflow.execute_activity(nothing, start_to_close_timeout=TIMEOUT)
