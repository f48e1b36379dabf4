"""A charge that its bank or its customer still has to decide (3-D Secure, slow banks)."""

from temporalio import workflow

from workflows import activity_options
from workflows.messages import ChargeSettled, PaymentInput
from workflows.steps import execute_step
from workflows.timers import wait_until

with workflow.unsafe.imports_passed_through():
    from activities.charges import ChargeCardResult
    from activities.open_charges import OpenChargeActivities, SettleChargeInput
    from domain.statuses import Awaited


class OpenCharge:
    """The payment's last charge, as long as the card provider has no final outcome."""

    def __init__(self, payment: PaymentInput) -> None:
        """A payment without an open charge."""
        self._payment = payment
        self._backoff = payment.agreement.backoff
        self._attempt = 0
        self._awaited: Awaited | None = None
        self._provider_has_news = False

    @property
    def is_open(self) -> bool:
        """Whether somebody still has to decide the charge."""
        return self._awaited is not None

    @property
    def has_news(self) -> bool:
        """Whether the card provider has reported an outcome that is not looked up yet."""
        return self.is_open and self._provider_has_news

    def begin(self, attempt: int) -> None:
        """The attempt is about to be charged; reports about earlier attempts no longer count."""
        self._attempt = attempt
        self._provider_has_news = False

    def notify(self, report: ChargeSettled) -> None:
        """The card provider reports an outcome of an attempt."""
        if report.attempt == self._attempt:
            self._provider_has_news = True

    async def follow(self, charged: ChargeCardResult) -> ChargeCardResult:
        """The charge's result once the bank has decided; the customer may still have to."""
        self._awaited = charged.awaited
        if self.is_open:
            # The provider may have reported the outcome before we recorded the charge as open.
            charged = await self.settle()
        pauses = activity_options.pauses(self._backoff)
        while self._awaited is Awaited.BANK:
            pause = next(pauses)
            await wait_until(lambda: self._provider_has_news, pause, "Look up the charge again")
            charged = await self.settle()
        return charged

    async def settle(self, *, cancel: bool = False) -> ChargeCardResult:
        """Look the outcome up; with `cancel` the charge is closed, unless it has paid."""
        self._provider_has_news = False
        result = await execute_step(
            OpenChargeActivities.settle_charge,
            SettleChargeInput(
                at=workflow.now(), payment_id=self._payment.payment_id, cancel=cancel
            ),
            **activity_options.retried_without_limit("Settle the open charge", self._backoff),
        )
        self._awaited = result.awaited
        return result
