"""The payment service: long-running, and nobody's anemic helper (slides 15-21).

Its client asks for money and hears one thing: received, or canceled. Everything between the two,
declined cards, reminders and two weeks of waiting, is the payment's own business.
"""

from temporalio import workflow
from temporalio.exceptions import ActivityError

from workflows import activity_options
from workflows.cancellation import to_its_end
from workflows.messages import (
    CardDetailsUpdated,
    ChargeSettled,
    PaymentInput,
    PaymentOutcome,
    PaymentResult,
)
from workflows.requested import requested
from workflows.timers import happens
from workflows.web_ui.payment import PaymentPage, timer

with workflow.unsafe.imports_passed_through():
    from activities.accounts import AccountActivities
    from activities.charges import ChargeActivities, ChargeCardInput, ChargeCardResult
    from activities.inputs import PaymentStepInput
    from activities.open_charges import OpenChargeActivities, SettleChargeInput
    from activities.payments import (
        PaymentActivities,
        RecordCardUpdateInput,
        RemindCustomerInput,
    )
    from domain.statuses import Awaited
    from domain.waiting_period import WaitingPeriod


@workflow.defn
class PaymentWorkflow:
    """Request payment: from the customer's account, and the rest from their credit card."""

    @workflow.init
    def __init__(self, input: PaymentInput) -> None:
        """A payment that was requested, of which nothing is held yet."""
        self._payment = input
        self._backoff = input.agreement.backoff
        self._page = PaymentPage(input)
        self._payment_method: str | None = None
        self._card_updated = False
        self._given_up = False
        self._received = False
        self._attempts = 0
        self._awaited: Awaited | None = None
        self._charge_settled = False
        self._reminders = 0
        self._waiting: WaitingPeriod | None = None

    @workflow.run
    async def run(self, input: PaymentInput) -> PaymentResult:
        """Answers once: when the amount is held, or when it will not come."""
        del input
        return await to_its_end(self._collect(), self._give_up)

    async def _collect(self) -> PaymentResult:
        await self._request_payment()
        self._page.rest = await self._withdraw_amount()
        self._received = self._page.rest == 0
        while not self._received and not self._given_up:
            self._received = await self._charge_credit_card()
            if not self._received and not await self._card_details_updated():
                break
        return await (self._receive() if self._received else self._cancel())

    @workflow.signal
    def card_details_updated(self, update: CardDetailsUpdated) -> None:
        """The customer gave another card; if one is being charged now, this one comes after it."""
        self._payment_method = update.payment_method
        self._card_updated = True

    @workflow.signal
    def charge_settled(self, charge: ChargeSettled) -> None:
        """The card provider has news of a charge that was left open; it is asked which."""
        self._charge_settled = self._charge_settled or charge.attempt == self._attempts

    async def _request_payment(self) -> None:
        await workflow.execute_local_activity_method(
            PaymentActivities.request_payment,
            requested(self._payment, workflow.now()),
            **activity_options.booking("Request payment", self._backoff),
        )

    async def _withdraw_amount(self) -> int:
        """Cents that the account did not cover."""
        return await workflow.execute_local_activity_method(
            AccountActivities.withdraw_amount,
            self._step(),
            **activity_options.booking(
                "Withdraw amount from the customer's account", self._backoff
            ),
        )

    async def _charge_credit_card(self) -> bool:
        """Whether the card paid. A provider that is away, or a bank, is waited for in here."""
        self._attempts += 1
        self._card_updated = self._charge_settled = False
        self._page.charging(self._attempts)
        try:
            result = await workflow.execute_activity_method(
                ChargeActivities.charge_card,
                ChargeCardInput(
                    at=workflow.now(),
                    payment_id=self._payment.payment_id,
                    attempt=self._attempts,
                    payment_method=self._payment_method,
                ),
                **activity_options.card_provider(
                    f"Charge credit card, attempt {self._attempts}", self._backoff
                ),
            )
        except ActivityError:
            workflow.logger.exception("the card provider refused the request itself")
            self._give_up()
            return False
        self._note(result)
        if self._awaited:
            # The provider may have told of it before it was written down that we wait for that.
            await self._settle_charge()
        pauses = activity_options.pauses(self._backoff)
        while self._awaited is Awaited.BANK:
            await happens(lambda: self._charge_settled, next(pauses), "The bank is asked again")
            await self._settle_charge()
        return self._received

    async def _card_details_updated(self) -> bool:
        """Wait for another card, reminding the customer; False when there will be none.

        A card that is there when the deadline is looked at still counts, authenticated or new.
        """
        while self._waiting and not self._has_card():
            if workflow.now() >= self._waiting.deadline:
                break
            reminder_due = self._waiting.reminder_at(self._reminders + 1)
            until = reminder_due or self._waiting.deadline
            self._page.awaiting_card(self._waiting, reminder_due)
            timer_name = timer(reminder_due, self._reminders + 1)
            is_due = not await happens(self._has_news, until - workflow.now(), timer_name)
            if self._awaited:
                await self._settle_charge()
            # It may be much later by now, if no worker was there.
            is_over = workflow.now() >= self._waiting.deadline or self._has_card()
            if is_due and reminder_due is not None and not is_over:
                await self._remind_customer()
        if self._awaited:
            await self._settle_charge(cancel=True)
        if not self._card_updated or self._given_up or self._received:
            return False
        await self._record_card_update()
        return True

    async def _settle_charge(self, *, cancel: bool = False) -> None:
        """With `cancel` it does not stay open, so that no two cards pay; if it has paid, it has."""
        self._charge_settled = False
        result = await workflow.execute_activity_method(
            OpenChargeActivities.settle_charge,
            SettleChargeInput(
                at=workflow.now(), payment_id=self._payment.payment_id, cancel=cancel
            ),
            **activity_options.last_word("Settle the open charge", self._backoff),
        )
        self._note(result)

    def _note(self, result: ChargeCardResult) -> None:
        self._received = result.charged
        self._awaited = result.awaited
        self._page.failure = result.failure
        if result.waiting_since is not None:
            terms = self._payment.agreement.terms
            self._waiting = WaitingPeriod(since=result.waiting_since, terms=terms)

    def _has_card(self) -> bool:
        """Or needs none any more."""
        return self._card_updated or self._given_up or self._received

    def _has_news(self) -> bool:
        return self._has_card() or (self._charge_settled and self._awaited is not None)

    async def _remind_customer(self) -> None:
        self._reminders += 1
        await workflow.execute_activity_method(
            PaymentActivities.remind_customer,
            RemindCustomerInput(
                at=workflow.now(),
                payment_id=self._payment.payment_id,
                reminder=self._reminders,
            ),
            **activity_options.decision(f"Remind customer, {self._reminders}", self._backoff),
        )

    async def _record_card_update(self) -> None:
        await workflow.execute_activity_method(
            PaymentActivities.record_card_update,
            RecordCardUpdateInput(
                at=workflow.now(),
                payment_id=self._payment.payment_id,
                attempt=self._attempts + 1,
            ),
            **activity_options.decision("Credit card details updated", self._backoff),
        )

    async def _receive(self) -> PaymentResult:
        result = PaymentResult(outcome=PaymentOutcome.RECEIVED, at=workflow.now())
        await workflow.execute_local_activity_method(
            PaymentActivities.receive_payment,
            self._step(),
            **activity_options.booking("Mark payment received", self._backoff),
        )
        self._page.received()
        return result

    async def _cancel(self) -> PaymentResult:
        result = PaymentResult(outcome=PaymentOutcome.CANCELED, at=workflow.now())
        await workflow.execute_activity_method(
            PaymentActivities.cancel_payment,
            self._step(),
            **activity_options.decision("Mark payment canceled", self._backoff),
        )
        await workflow.execute_local_activity_method(
            AccountActivities.credit_amount,
            self._step(),
            **activity_options.booking(
                "Credit amount back to the customer's account", self._backoff
            ),
        )
        self._page.canceled()
        return result

    def _give_up(self) -> None:
        """Somebody asked to cancel, or the card provider will never understand us."""
        self._given_up = True

    def _step(self) -> PaymentStepInput:
        return PaymentStepInput(at=workflow.now(), payment_id=self._payment.payment_id)
