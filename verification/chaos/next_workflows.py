"""The workflows of a later release, with one additional step.

Running workflows continue without the step, new ones take it: `workflow.patched` decides.
"""

from datetime import timedelta

from temporalio import workflow

from workflows.messages import OrderInput, OrderResult, PaymentInput, PaymentResult
from workflows.order import OrderWorkflow
from workflows.payment import PaymentWorkflow

with workflow.unsafe.imports_passed_through():
    from domain.statuses import CancellationReason

A_MOMENT = timedelta(milliseconds=20)


@workflow.defn(name="OrderWorkflow")
class NextOrderWorkflow(OrderWorkflow):
    """Sleeps before the goods are shipped."""

    @workflow.init
    def __init__(self, input: OrderInput) -> None:
        """Unchanged."""
        super().__init__(input)

    @workflow.run
    async def run(self, input: OrderInput) -> OrderResult:
        """Unchanged."""
        return await super().run(input)

    async def _ship_goods(self) -> CancellationReason | None:
        if workflow.patched("stop-before-shipping"):
            await workflow.sleep(A_MOMENT, summary="Stop before shipping")
        return await super()._ship_goods()


@workflow.defn(name="PaymentWorkflow")
class NextPaymentWorkflow(PaymentWorkflow):
    """Sleeps before a card is charged."""

    @workflow.init
    def __init__(self, input: PaymentInput) -> None:
        """Unchanged."""
        super().__init__(input)

    @workflow.run
    async def run(self, input: PaymentInput) -> PaymentResult:
        """Unchanged."""
        return await super().run(input)

    async def _charge_credit_card(self) -> None:
        if workflow.patched("stop-before-charging"):
            await workflow.sleep(A_MOMENT, summary="Stop before charging")
        await super()._charge_credit_card()
