"""The commands of a payment (slide 18), each carried out by an activity."""

from temporalio import workflow

from workflows import activity_options
from workflows.messages import CardDetailsUpdated, PaymentInput
from workflows.steps import execute_local_step, execute_step

with workflow.unsafe.imports_passed_through():
    from activities.accounts import AccountActivities, CreditAmountInput
    from activities.charges import ChargeActivities, ChargeCardInput, ChargeCardResult
    from activities.inputs import PaymentStepInput
    from activities.payments import PaymentActivities, RecordCardUpdateInput, RemindCustomerInput
    from domain.statuses import PaymentStatus


class PaymentCommands:
    """Each returns when it is done; faults are retried without end."""

    def __init__(self, payment: PaymentInput) -> None:
        """The commands of that payment."""
        self._payment = payment
        self._backoff = payment.agreement.backoff

    async def request_payment(self) -> PaymentStatus | None:
        """PaymentRequested; returns its status, None in histories of older releases."""
        return await execute_local_step(
            PaymentActivities.request_payment,
            self._payment.requested(workflow.now()),
            "Request payment",
            self._backoff,
        )

    async def withdraw_amount(self) -> int:
        """AmountWithdrawn, PaymentPartlyCovered; returns the cents that the account lacks."""
        return await execute_local_step(
            AccountActivities.withdraw_amount,
            self._step(),
            "Withdraw amount from the customer's account",
            self._backoff,
        )

    async def charge_credit_card(
        self, attempt: int, card: CardDetailsUpdated | None
    ) -> ChargeCardResult:
        """CreditCardCharged or CreditCardFailed; without `card` the customer's saved one.

        Raises `ActivityError` if the payment has ended otherwise.
        """
        return await execute_step(
            ChargeActivities.charge_card,
            ChargeCardInput(
                at=workflow.now(),
                payment_id=self._payment.payment_id,
                attempt=attempt,
                payment_method=card.payment_method if card else None,
            ),
            **activity_options.card_provider(
                f"Charge credit card, attempt {attempt}", self._backoff
            ),
        )

    async def remind_customer(self, reminder: int) -> None:
        """CustomerReminded, for the `reminder`th time."""
        await execute_step(
            PaymentActivities.remind_customer,
            RemindCustomerInput(
                at=workflow.now(), payment_id=self._payment.payment_id, reminder=reminder
            ),
            **activity_options.durable_activity(f"Remind customer, {reminder}", self._backoff),
        )

    async def record_card_update(self, attempt: int) -> None:
        """CreditCardDetailsUpdated; the new card is charged in that attempt."""
        await execute_step(
            PaymentActivities.record_card_update,
            RecordCardUpdateInput(
                at=workflow.now(), payment_id=self._payment.payment_id, attempt=attempt
            ),
            **activity_options.durable_activity("Credit card details updated", self._backoff),
        )

    async def receive_payment(self) -> None:
        """PaymentReceived."""
        await execute_local_step(
            PaymentActivities.receive_payment,
            self._step(),
            "Mark payment received",
            self._backoff,
        )

    async def cancel_payment(self) -> bool:
        """PaymentCanceled, or False: it is received already."""
        canceled = await execute_step(
            PaymentActivities.cancel_payment,
            self._step(),
            **activity_options.durable_activity("Mark payment canceled", self._backoff),
        )
        return canceled is not False  # None in histories of older releases

    async def credit_amount(self) -> None:
        """AmountCredited, if any was withdrawn."""
        await execute_local_step(
            AccountActivities.credit_amount,
            CreditAmountInput(at=workflow.now(), payment_id=self._payment.payment_id),
            "Credit amount back to the customer's account",
            self._backoff,
        )

    def _step(self) -> PaymentStepInput:
        return PaymentStepInput(at=workflow.now(), payment_id=self._payment.payment_id)
