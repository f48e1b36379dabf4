"""A customer's new card reaches every payment of theirs that may still need it."""

from temporalio import workflow
from temporalio.exceptions import ApplicationError

from workflows import options
from workflows.messages import CardDetailsUpdated, CardUpdateInput, CardUpdateResult
from workflows.names import payment_name

with workflow.unsafe.imports_passed_through():
    from activities.cards import CardActivities, RegisterCardInput
    from workflows.payment import PaymentWorkflow


@workflow.defn
class CardUpdateWorkflow:
    """Update credit card details: registered first, then told to the payments, surely."""

    @workflow.run
    async def run(self, input: CardUpdateInput) -> CardUpdateResult:
        """Answers with the card as it may be shown, and the payments that were told."""
        card = await workflow.execute_activity_method(
            CardActivities.register_card,
            RegisterCardInput(
                customer_id=input.customer_id,
                payment_method=input.payment_method,
                given_at=workflow.info().workflow_start_time,
            ),
            **options.card_provider("Register credit card", input.backoff),
        )
        payments = await workflow.execute_local_activity_method(
            CardActivities.find_open_payments,
            input.customer_id,
            **options.booking("Find open payments", input.backoff),
        )
        update = CardDetailsUpdated(payment_method=input.payment_method)
        told = [payment for payment in payments if await self._tell(payment, update)]
        return CardUpdateResult(card=card, payments=tuple(told))

    async def _tell(self, payment_id: str, update: CardDetailsUpdated) -> bool:
        """False if the payment ended meanwhile."""
        payment = workflow.get_external_workflow_handle_for(
            PaymentWorkflow.run, payment_name(payment_id)
        )
        try:
            await payment.signal(PaymentWorkflow.card_details_updated, update)
        except ApplicationError:
            return False
        return True
