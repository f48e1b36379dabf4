"""A customer's new card reaches every payment of theirs that may still need it."""

import asyncio
from contextlib import suppress
from typing import NoReturn

from temporalio import workflow
from temporalio.exceptions import ActivityError, ApplicationError

from workflows import activity_options, steps
from workflows.messages import (
    CardDetailsUpdated,
    CardUpdateInput,
    CardUpdateProgress,
    CardUpdateResult,
)
from workflows.names import payment_workflow_id
from workflows.steps import execute_local_step, execute_step
from workflows.timers import wait_for, wait_until

with workflow.unsafe.imports_passed_through():
    from activities.customer_cards import CustomerCardActivities, RegisterCardInput
    from workflows.payment import PaymentWorkflow

BATCH_SIZE = 20
"""How many payments are notified concurrently."""

PAYMENTS_PER_RUN = 200
"""How many payments one run notifies: each adds three events to its history."""

CARD_UNKNOWN = "CardUnknownError"


@workflow.defn
class CardUpdateWorkflow:
    """Update credit card details: register the card, then notify each open payment.

    The same card given again joins the update under way. Another card takes its place in it: the
    newest reaches all payments, and if it is none, the former one reaches those that remain.
    """

    @workflow.init
    def __init__(self, input: CardUpdateInput) -> None:
        """A card that was given; or one that was registered, by the run before this one."""
        self._input = input
        self._progress = input.progress
        given_at = workflow.info().workflow_start_time
        self._first = self._newest = RegisterCardInput(
            customer_id=input.customer_id,
            payment_method=input.payment_method,
            given_at=input.progress.given_at if input.progress else given_at,
        )
        self._done = self._newest if input.progress else None

    @workflow.run
    async def run(self, input: CardUpdateInput) -> CardUpdateResult:
        """Returns what may be shown of the card, and the payments that were notified."""
        if not input.joinable:
            return await self._update_as_older_releases()
        await self._leave_out_charged_payments()
        notified = 0
        while self._newest is not self._done or self._remaining:
            if self._newest is not self._done:
                await self._register(self._newest)
            elif notified >= PAYMENTS_PER_RUN:
                self._continue_as_new()
            else:
                notified += await self._notify_batch()
        progress = self._progress
        return CardUpdateResult(
            card=progress.card if progress else None,
            payments=progress.notified if progress else (),
            payment_method=self._newest.payment_method,
            kept=progress.token if progress and progress.card is None else None,
        )

    @workflow.signal
    def card_given(self, card: CardDetailsUpdated) -> None:
        """The customer gave this card; it is no news if it is the newest one already."""
        if card.payment_method != self._newest.payment_method:
            changes = {"payment_method": card.payment_method, "given_at": workflow.now()}
            self._newest = self._newest.model_copy(update=changes)

    @property
    def _remaining(self) -> tuple[str, ...]:
        return self._progress.remaining if self._progress else ()

    async def _register(self, given: RegisterCardInput) -> None:
        """Store the card, unless a newer one is given while the card provider is being asked.

        If an operator made the request fail, the newest card is still to be registered.
        """
        registered = workflow.start_activity_method(
            CustomerCardActivities.register_card,
            given,
            **activity_options.card_provider("Register credit card", self._input.backoff),
        )
        await wait_for(lambda: registered.done() or self._newest is not given)
        if not registered.done():
            registered.cancel()
            with suppress(ActivityError):
                await registered
            return
        try:
            card = await registered
        except ActivityError as error:
            if steps.was_made_to_fail(error):
                await wait_until(lambda: self._newest is not given, steps.PAUSE, steps.BEGIN_AGAIN)
                return
            if not _is_no_card(error):
                raise
            self._progress = await self._resume_former_card(given)
        else:
            payment_method = card.payment_method or given.payment_method
            self._progress = CardUpdateProgress(
                payment_method=payment_method,
                token=given.payment_method,
                given_at=given.given_at,
                card=card,
                remaining=await self._find_open_payments(payment_method, given),
            )
        self._done = given

    async def _resume_former_card(self, refused: RegisterCardInput) -> CardUpdateProgress | None:
        """The card on file, and the payments that are not yet notified of it; None without any."""
        former = await execute_step(
            CustomerCardActivities.keep_former_card,
            refused,
            **activity_options.durable_activity("Keep the former card", self._input.backoff),
        )
        if former is None:
            return None
        known = self._progress
        if known is not None and known.payment_method == former.payment_method:
            return known.model_copy(update={"card": None})
        return CardUpdateProgress(
            payment_method=former.payment_method,
            token=former.payment_method,
            given_at=refused.given_at,
            card=None,
            remaining=former.not_yet_notified,
        )

    async def _leave_out_charged_payments(self) -> None:
        """Payments may have been charged with the card, or have ended, since the run before."""
        if self._progress is None:
            return
        open_ones = await self._find_open_payments(self._progress.payment_method, self._newest)
        remaining = tuple(one for one in self._remaining if one in set(open_ones))
        self._progress = self._progress.model_copy(update={"remaining": remaining})

    async def _find_open_payments(
        self, payment_method: str, given: RegisterCardInput
    ) -> tuple[str, ...]:
        found = await execute_local_step(
            CustomerCardActivities.find_open_payments,
            given.model_copy(update={"payment_method": payment_method}),
            "Find open payments",
            self._input.backoff,
        )
        return tuple(found)

    async def _notify_batch(self) -> int:
        """Returns how many signals were sent."""
        progress = self._progress
        if progress is None:
            return 0
        batch = progress.remaining[:BATCH_SIZE]
        open_ones = await asyncio.gather(
            *(_notify(payment, progress.payment_method) for payment in batch)
        )
        notified = [one for one, is_open in zip(batch, open_ones, strict=True) if is_open]
        self._progress = progress.model_copy(
            update={
                "remaining": progress.remaining[len(batch) :],
                "notified": (*progress.notified, *notified),
            }
        )
        return len(batch)

    def _continue_as_new(self) -> NoReturn:
        changes = {"payment_method": self._newest.payment_method, "progress": self._progress}
        workflow.continue_as_new(self._input.model_copy(update=changes))

    async def _update_as_older_releases(self) -> CardUpdateResult:
        """Their requests terminate this update for a newer card, and expect a card that is none to
        fail it.
        """
        given = self._first  # also if a newer one joined before this began
        try:
            card = await workflow.execute_activity_method(
                CustomerCardActivities.register_card,
                given,
                **activity_options.card_provider("Register credit card", self._input.backoff),
            )
        except ActivityError:
            former = await self._resume_former_card(given)
            if former is not None:
                for payment in former.remaining:
                    await _notify(payment, former.payment_method)
            self._join_newer(given)
            raise
        payment_method = card.payment_method or given.payment_method
        payments = await self._find_open_payments(payment_method, given)
        notified = [payment for payment in payments if await _notify(payment, payment_method)]
        self._join_newer(given)
        return CardUpdateResult(card=card, payments=tuple(notified))

    def _join_newer(self, given: RegisterCardInput) -> None:
        """A request of this release may have joined the update that an older release started."""
        if self._newest is not given:
            changes = {"payment_method": self._newest.payment_method, "joinable": True}
            workflow.continue_as_new(self._input.model_copy(update=changes))


async def _notify(payment_id: str, payment_method: str) -> bool:
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


def _is_no_card(error: ActivityError) -> bool:
    return isinstance(error.cause, ApplicationError) and error.cause.type == CARD_UNKNOWN
