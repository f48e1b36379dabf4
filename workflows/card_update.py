"""A customer's new card reaches every payment of theirs that may still need it."""

from temporalio import workflow
from temporalio.exceptions import ActivityError, ApplicationError

from workflows import activity_options
from workflows.messages import Backoff, CardDetailsUpdated, CardUpdateInput, CardUpdateResult
from workflows.names import payment_workflow_id

with workflow.unsafe.imports_passed_through():
    from activities.customer_cards import CustomerCardActivities, RegisterCardInput
    from workflows.payment import PaymentWorkflow


@workflow.defn
class CardUpdateWorkflow:
    """Update credit card details: register the card, then notify each open payment."""

    @workflow.run
    async def run(self, input: CardUpdateInput) -> CardUpdateResult:
        """Returns what may be shown of the card, and the payments that were notified."""
        given = RegisterCardInput(
            customer_id=input.customer_id,
            payment_method=input.payment_method,
            given_at=workflow.info().workflow_start_time,
        )
        try:
            card = await workflow.execute_activity_method(
                CustomerCardActivities.register_card,
                given,
                **activity_options.card_provider("Register credit card", input.backoff),
            )
        except ActivityError:
            await self._finish_former_update(given, input.backoff)
            raise
        payments = await workflow.execute_local_activity_method(
            CustomerCardActivities.find_open_payments,
            input.customer_id,
            **activity_options.local_activity("Find open payments", input.backoff),
        )
        payment_method = card.payment_method or input.payment_method
        notified = [payment for payment in payments if await self._notify(payment, payment_method)]
        return CardUpdateResult(card=card, payments=tuple(notified))

    async def _finish_former_update(self, refused: RegisterCardInput, backoff: Backoff) -> None:
        """Notify the payments of the update that this one replaced, if that did not get to it."""
        former = await workflow.execute_activity_method(
            CustomerCardActivities.keep_former_card,
            refused,
            **activity_options.durable_activity("Keep the former card", backoff),
        )
        if former is not None:
            for payment in former.not_yet_notified:
                await self._notify(payment, former.payment_method)

    async def _notify(self, payment_id: str, payment_method: str) -> bool:
        """False if the payment has ended."""
        update = CardDetailsUpdated(payment_method=payment_method)
        payment = workflow.get_external_workflow_handle_for(
            PaymentWorkflow.run, payment_workflow_id(payment_id)
        )
        try:
            await payment.signal(PaymentWorkflow.card_details_updated, update)
        except ApplicationError:
            return False
        return True
