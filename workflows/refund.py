"""Give back a payment that was received: the card first, then the account."""

from temporalio import workflow

from workflows import options
from workflows.cancellation import to_its_end
from workflows.messages import RefundInput

with workflow.unsafe.imports_passed_through():
    from activities.accounts import AccountActivities
    from activities.cards import CardActivities
    from activities.inputs import PaymentStepInput
    from activities.payments import PaymentActivities


@workflow.defn
class RefundWorkflow:
    """Refund asked for after PaymentReceived: CreditCardRefunded, AmountCredited."""

    @workflow.run
    async def run(self, input: RefundInput) -> None:
        """Returns when nothing of the payment is held any more; a cancellation changes nothing."""
        await to_its_end(_give_back(input), lambda: None)


async def _give_back(input: RefundInput) -> None:
    backoff = input.agreement.backoff
    step = PaymentStepInput(at=input.at, payment_id=input.payment_id)
    held = await workflow.execute_local_activity_method(
        PaymentActivities.begin_refund, step, **options.booking("Begin refund", backoff)
    )
    if held.charged:
        await workflow.execute_activity_method(
            CardActivities.refund_card,
            step,
            **options.refund("Refund credit card", backoff),
        )
    if held.withdrawn:
        await workflow.execute_local_activity_method(
            AccountActivities.credit_amount,
            step,
            **options.booking("Credit amount back to the customer's account", backoff),
        )
