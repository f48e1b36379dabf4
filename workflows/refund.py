"""Give back a payment that was received: the card first, then the account."""

from datetime import datetime

from temporalio import workflow

from workflows import activity_options
from workflows.cancellation import shielded_from_cancellation
from workflows.messages import RefundInput

with workflow.unsafe.imports_passed_through():
    from activities.accounts import AccountActivities
    from activities.charges import ChargeActivities, ChargeCardInput
    from activities.inputs import PaymentStepInput
    from activities.open_charges import OpenChargeActivities, SettleChargeInput
    from activities.payments import PaymentActivities, RefundableAmounts
    from activities.refunds import RefundActivities


@workflow.defn
class RefundWorkflow:
    """Refund requested after PaymentReceived: CreditCardRefunded, AmountCredited."""

    @workflow.run
    async def run(self, input: RefundInput) -> None:
        """Returns when nothing of the payment is held any more; a cancellation changes nothing."""
        await shielded_from_cancellation(_give_back(input), lambda: None)


async def _give_back(input: RefundInput) -> None:
    backoff = input.payment.agreement.backoff
    payment_id = input.payment.payment_id
    held = await _begin(input)
    while held.attempt_under_way is not None:
        await _settle(input, held.attempt_under_way, held.at)
        held = await _begin(input)
    step = PaymentStepInput(at=held.at, payment_id=payment_id)
    if held.charged:
        await workflow.execute_activity_method(
            RefundActivities.refund_card,
            step,
            **activity_options.retried_without_limit("Refund credit card", backoff),
        )
    if held.withdrawn:
        await workflow.execute_local_activity_method(
            AccountActivities.credit_amount,
            step,
            **activity_options.local_activity(
                "Credit amount back to the customer's account", backoff
            ),
        )


async def _begin(input: RefundInput) -> RefundableAmounts:
    return await workflow.execute_local_activity_method(
        PaymentActivities.begin_refund,
        input.payment.requested(input.at),
        **activity_options.local_activity("Begin refund", input.payment.agreement.backoff),
    )


async def _settle(input: RefundInput, attempt: int, at: datetime) -> None:
    """Determine the charge's outcome, and close the charge if it is open."""
    payment_id, backoff = input.payment.payment_id, input.payment.agreement.backoff
    await workflow.execute_activity_method(
        ChargeActivities.charge_card,
        ChargeCardInput(at=at, payment_id=payment_id, attempt=attempt, payment_method=None),
        **activity_options.retried_without_limit("Look up the charge that was under way", backoff),
    )
    await workflow.execute_activity_method(
        OpenChargeActivities.settle_charge,
        SettleChargeInput(at=at, payment_id=payment_id, cancel=True),
        **activity_options.retried_without_limit("Settle the charge that was under way", backoff),
    )
