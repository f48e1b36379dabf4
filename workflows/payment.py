"""The payment service: a long-running service that handles its own failures (slides 15-21).

Its client requests an amount and gets one result: received, or canceled. Declined cards, reminders
and two weeks of waiting stay in here.
"""

from datetime import datetime, timedelta

from temporalio import workflow
from temporalio.exceptions import ActivityError

from workflows import activity_options
from workflows.cancellation import shielded_from_cancellation
from workflows.messages import (
    CardDetailsUpdated,
    ChargeSettled,
    PaymentInput,
    PaymentOutcome,
    PaymentResult,
)
from workflows.open_charge import OpenCharge
from workflows.payment_commands import PaymentCommands
from workflows.resets import ResetWatch
from workflows.timers import wait_until
from workflows.web_ui.payment import PaymentDetails, timer_name

with workflow.unsafe.imports_passed_through():
    from activities.charges import ChargeCardResult
    from domain.statuses import PaymentStatus
    from domain.waiting_period import WaitingPeriod

HEED_END = "heed-end-after-reset"
"""Payments that were reset before this patch do not look whether they have ended."""


@workflow.defn
class PaymentWorkflow:
    """Request payment: from the customer's account, and the rest from their credit card."""

    @workflow.init
    def __init__(self, input: PaymentInput) -> None:
        """A payment that was requested; nothing is held yet."""
        self._payment = input
        self._commands = PaymentCommands(input)
        self._details = PaymentDetails(input)
        self._rest = input.amount
        self._attempts = 0
        self._charged_at = workflow.now()
        self._charge = ChargeCardResult(charged=False, waiting_since=None)
        self._open_charge = OpenCharge(input)
        self._card: CardDetailsUpdated | None = None
        self._new_card: CardDetailsUpdated | None = None
        self._reminders = 0
        self._given_up = False

    @workflow.run
    async def run(self, input: PaymentInput) -> PaymentResult:
        """Returns once the whole amount is held, or once it is certain that it will not be."""
        del input
        return await shielded_from_cancellation(self._request(), self._give_up)

    async def _request(self) -> PaymentResult:
        recorded = await self._commands.request_payment()  # PaymentRequested
        if recorded is not None and not recorded.is_open:
            return await self._end_as_recorded(recorded)
        watch = ResetWatch(self._heed_end)
        result = await self._collect()
        await watch.finish()
        return result

    async def _collect(self) -> PaymentResult:
        self._rest = await self._commands.withdraw_amount()  # AmountWithdrawn, PaymentPartlyCovered
        if self._rest and not await self._charge_until_paid():
            return await self._cancel_payment()  # PaymentCanceled, AmountCredited
        return await self._receive_payment()  # PaymentReceived

    async def _end_as_recorded(self, recorded: PaymentStatus) -> PaymentResult:
        """A run before this one, which an operator reset, has ended the payment."""
        if recorded is PaymentStatus.CANCELED:
            return await self._cancel_payment()
        return await self._receive_payment()

    async def _heed_end(self) -> None:
        """A run before this one may have ended the payment after the event of the reset."""
        if workflow.patched(HEED_END):
            recorded = await self._commands.request_payment()
            self._given_up |= recorded is not None and not recorded.is_open

    async def _charge_until_paid(self) -> bool:
        while not self._charge.charged and not self._given_up:
            await self._charge_credit_card()  # CreditCardCharged or CreditCardFailed
            if not self._charge.charged and not await self._wait_for_card_update():
                break
        return self._charge.charged

    async def _wait_for_card_update(self) -> bool:
        """Whether there is a card to charge, two weeks after the first failure at the latest.

        A card that is there when the deadline is looked at still counts.
        """
        while self._waiting and not self._stops_waiting(self._waiting):
            reminder_due = self._waiting.reminder_at(self._reminders + 1)  # every two days
            retry_due = self._card_retry_due(self._waiting)  # on the days of CARD_RETRY_DAYS
            until = min(filter(None, (reminder_due, retry_due)), default=self._waiting.deadline)
            if await self._wait_for_news(self._waiting, reminder_due, until):
                continue
            # All workers may have been down, so that the deadline has passed too.
            if self._stops_waiting(self._waiting):
                continue
            if until == retry_due:
                self._charged_at = until
                return True
            await self._remind_customer()  # CustomerReminded
        if self._open_charge.is_open:
            # Two cards must not pay. If the charge has paid by now, it counts.
            self._charge = await self._open_charge.settle(cancel=True)
        if not self._new_card or self._given_up or self._charge.charged:
            return False
        await self._commands.record_card_update(self._attempts + 1)  # CreditCardDetailsUpdated
        return True

    @workflow.signal
    def card_details_updated(self, update: CardDetailsUpdated) -> None:
        """The customer gave another card; it is charged once the current charge has failed."""
        self._new_card = update

    @workflow.signal
    def charge_settled(self, charge: ChargeSettled) -> None:
        """The card provider reports that an open charge has an outcome, which is looked up."""
        self._open_charge.notify(charge)

    def _give_up(self) -> None:
        """The workflow was canceled, or the payment has ended without it."""
        self._given_up = True

    @property
    def _waiting(self) -> WaitingPeriod | None:
        """From the first CreditCardFailed on."""
        if self._charge.waiting_since is None:
            return None
        terms = self._payment.agreement.terms
        return WaitingPeriod(since=self._charge.waiting_since, terms=terms)

    def _stops_waiting(self, waiting: WaitingPeriod) -> bool:
        return workflow.now() >= waiting.deadline or self._can_stop_waiting()

    def _can_stop_waiting(self) -> bool:
        return self._new_card is not None or self._given_up or self._charge.charged

    def _card_retry_due(self, waiting: WaitingPeriod) -> datetime | None:
        """When the same card is tried again; each day once, whichever card it is by then."""
        if not self._charge.may_be_tried_again:
            return None
        return waiting.card_retry_after(self._charged_at)

    async def _wait_for_news(
        self, waiting: WaitingPeriod, reminder_due: datetime | None, until: datetime
    ) -> bool:
        """False if there is none until that moment."""
        self._details.awaiting_card(self._rest, self._charge.failure, waiting, reminder_due)
        has_news = await wait_until(
            lambda: self._can_stop_waiting() or self._open_charge.has_news,
            until - workflow.now(),
            timer_name(waiting, self._reminders + 1, until),
        )
        if self._open_charge.is_open:
            self._charge = await self._open_charge.settle()
        return has_news

    async def _charge_credit_card(self) -> None:
        """Retried while the provider is unavailable; waits for a bank that takes its time."""
        self._attempts += 1
        self._charged_at = max(self._charged_at, workflow.now())
        self._card, self._new_card = self._new_card or self._card, None
        self._open_charge.begin(self._attempts)
        self._details.charging(self._rest, self._attempts)
        try:
            result = await self._request_charge()
        except ActivityError:
            # The payment has ended without this workflow. In histories of releases before saved
            # cards, also: the card provider refused the request.
            workflow.logger.exception("the card can't be charged any more")
            self._give_up()
        else:
            if result.attempt > self._attempts:  # by the run before a reset
                self._attempts = result.attempt
                self._open_charge.begin(self._attempts)
            self._charge = await self._open_charge.follow(result)
            if result.is_of_another_card:
                self._new_card = self._new_card or self._card

    async def _request_charge(self) -> ChargeCardResult:
        """A refused request took no money: it is made again, with the newest card."""
        pauses = activity_options.pauses(self._payment.agreement.backoff)
        result = await self._commands.charge_credit_card(self._attempts, self._card)
        while result.refused and not await self._ends_within(next(pauses), result):
            self._card, self._new_card = self._new_card or self._card, None
            self._details.charging_again(self._rest, self._attempts)
            result = await self._commands.charge_credit_card(self._attempts, self._card)
        return result

    async def _ends_within(self, pause: timedelta, parked: ChargeCardResult) -> bool:
        """Whether a cancellation or the deadline ends the payment while its charge is parked."""
        pause = min(pause, self._waiting.deadline - workflow.now()) if self._waiting else pause
        show = self._details.at_card_limit if parked.at_limit else self._details.refused
        show(self._rest, self._attempts, workflow.now() + pause)
        await wait_until(
            lambda: self._given_up or self._new_card is not None,
            pause,
            "Request the refused charge again",
        )
        is_over = self._waiting is not None and workflow.now() >= self._waiting.deadline
        return self._given_up or (is_over and self._new_card is None)

    async def _remind_customer(self) -> None:
        self._reminders += 1
        await self._commands.remind_customer(self._reminders)

    async def _receive_payment(self) -> PaymentResult:
        result = PaymentResult(outcome=PaymentOutcome.RECEIVED, at=workflow.now())
        await self._commands.receive_payment()
        self._details.received(self._rest)
        return result

    async def _cancel_payment(self) -> PaymentResult:
        result = PaymentResult(outcome=PaymentOutcome.CANCELED, at=workflow.now())
        if not await self._commands.cancel_payment():
            return await self._receive_payment()
        await self._commands.credit_amount()
        self._details.canceled(self._rest, self._charge.failure)
        return result
