"""The payments of the next release, which take one more step before they are received, those that
wait already too; and of a bad one, which can't carry out a payment that waits for a card.
"""

from datetime import timedelta
from typing import NoReturn

from temporalio import workflow

from workflows.messages import PaymentInput, PaymentResult
from workflows.payment import PaymentWorkflow

NEW_STEP = "step-of-release-2"


@workflow.defn(name="PaymentWorkflow")
class PaymentWorkflow2(PaymentWorkflow):
    """Sleeps before a payment is received."""

    @workflow.init
    def __init__(self, input: PaymentInput) -> None:
        """Unchanged."""
        super().__init__(input)

    @workflow.run
    async def run(self, input: PaymentInput) -> PaymentResult:
        """Unchanged."""
        return await super().run(input)

    async def _receive_payment(self) -> PaymentResult:
        if workflow.patched(NEW_STEP):
            await workflow.sleep(timedelta(milliseconds=20), summary="Step of release 2")
        return await super()._receive_payment()


@workflow.defn(name="PaymentWorkflow")
class BadPaymentWorkflow(PaymentWorkflow):
    """Raises what makes its tasks fail, and be tried again."""

    @workflow.init
    def __init__(self, input: PaymentInput) -> None:
        """Unchanged."""
        super().__init__(input)

    @workflow.run
    async def run(self, input: PaymentInput) -> PaymentResult:
        """Unchanged."""
        return await super().run(input)

    async def _remind_customer(self) -> NoReturn:
        message = "release 2 has a fault"
        raise RuntimeError(message)
