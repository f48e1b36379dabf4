"""Give back a payment that was received, or a part of it: the card first, then the account."""

import asyncio
from datetime import datetime

from temporalio import workflow

from workflows import activity_options
from workflows.cancellation import shielded_from_cancellation
from workflows.messages import RefundInput, RefundSettled
from workflows.steps import execute_local_step, execute_step
from workflows.timers import wait_until

with workflow.unsafe.imports_passed_through():
    from activities.accounts import AccountActivities, CreditAmountInput
    from activities.charges import ChargeActivities, ChargeCardInput
    from activities.inputs import RefundStepInput
    from activities.open_charges import OpenChargeActivities, SettleChargeInput
    from activities.payments import PaymentActivities, RefundableAmounts
    from activities.refunds import BeginPartialRefundInput, RefundActivities
    from domain.statuses import WHOLE, RefundState

ACCOUNT_BESIDE_CARD = "account-beside-card"
"""Refunds that began before this credit the account once the card's part has an answer."""


@workflow.defn
class RefundWorkflow:
    """Refund requested after PaymentReceived: CreditCardRefunded, AmountCredited."""

    @workflow.init
    def __init__(self, input: RefundInput) -> None:
        """Nothing is given back yet."""
        self._refund = input
        self._payment_id = input.payment.payment_id
        self._reference = input.part.reference if input.part else WHOLE
        self._backoff = input.payment.agreement.backoff
        self._provider_has_news = False

    @workflow.run
    async def run(self, input: RefundInput) -> None:
        """Returns when all is given back or somebody has to; a cancellation changes nothing."""
        del input
        await shielded_from_cancellation(self._give_back(), lambda: None)

    @workflow.signal
    def refund_settled(self, refund: RefundSettled) -> None:
        """The card provider reports that the pending refund has an outcome, which is looked up."""
        if refund.reference == self._reference:
            self._provider_has_news = True

    async def _give_back(self) -> None:
        held = await self._begin()
        while held.attempt_under_way is not None:
            await self._settle_charge(held.attempt_under_way, held.at)
            held = await self._begin()
        state = await self._pay_back(held)
        if state is RefundState.PENDING:
            state = await self._await_provider()
        if state is not None and state.is_owed:
            workflow.set_current_details(f"The card's part is {state}: see the operations page")

    async def _pay_back(self, held: RefundableAmounts) -> RefundState | None:
        """The card first; the account does not wait while the card provider is unavailable."""
        card = asyncio.create_task(self._refund_card(held.at)) if held.charged else None
        if card and (not held.withdrawn or not workflow.patched(ACCOUNT_BESIDE_CARD)):
            await card
        elif card:
            limit = activity_options.CARD_FIRST
            await wait_until(card.done, limit, "Credit the account, if the card still waits")
        if held.withdrawn:
            # Whatever became of the card's part.
            await self._credit_amount(held.at)
        return await card if card else None

    async def _begin(self) -> RefundableAmounts:
        if self._refund.part is None:
            requested = self._refund.payment.requested(self._refund.at)
            return await execute_local_step(
                PaymentActivities.begin_refund, requested, "Begin refund", self._backoff
            )
        return await execute_local_step(
            RefundActivities.begin_partial_refund,
            BeginPartialRefundInput(
                at=self._refund.at,
                payment_id=self._payment_id,
                reference=self._refund.part.reference,
                amount=self._refund.part.amount,
                replaces=self._refund.part.replaces,
            ),
            "Begin refund",
            self._backoff,
        )

    async def _refund_card(self, at: datetime) -> RefundState | None:
        return await execute_step(
            RefundActivities.refund_card,
            self._step(at),
            **activity_options.retried_without_limit("Refund credit card", self._backoff),
        )

    async def _credit_amount(self, at: datetime) -> None:
        await execute_local_step(
            AccountActivities.credit_amount,
            CreditAmountInput(at=at, payment_id=self._payment_id, reference=self._reference),
            "Credit amount back to the customer's account",
            self._backoff,
        )

    async def _await_provider(self) -> RefundState:
        """The state of the refund once it is not pending any more, which may take days."""
        pauses = activity_options.pauses(self._backoff)
        state = RefundState.PENDING
        while state is RefundState.PENDING:
            pause = next(pauses)
            await wait_until(lambda: self._provider_has_news, pause, "Look up the refund again")
            self._provider_has_news = False
            state = await execute_step(
                RefundActivities.settle_refund,
                self._step(workflow.now()),
                **activity_options.retried_without_limit("Look up the refund", self._backoff),
            )
        return state

    async def _settle_charge(self, attempt: int, at: datetime) -> None:
        """Determine the charge's outcome, and close the charge if it is open."""
        await execute_step(
            ChargeActivities.charge_card,
            ChargeCardInput(
                at=at,
                payment_id=self._payment_id,
                attempt=attempt,
                payment_method=None,
                is_known=True,
            ),
            **activity_options.retried_without_limit(
                "Look up the charge that was under way", self._backoff
            ),
        )
        await execute_step(
            OpenChargeActivities.settle_charge,
            SettleChargeInput(at=at, payment_id=self._payment_id, cancel=True),
            **activity_options.retried_without_limit(
                "Settle the charge that was under way", self._backoff
            ),
        )

    def _step(self, at: datetime) -> RefundStepInput:
        return RefundStepInput(at=at, payment_id=self._payment_id, reference=self._reference)
