"""What people read of a payment on its page in the Temporal Web UI, and what finds it there."""

from datetime import datetime
from typing import Any

from temporalio.common import SearchAttributeUpdate

from domain.money import format_amount
from domain.payment import PaymentFailure
from domain.statuses import PaymentStatus
from domain.waiting_period import WaitingPeriod
from workflows.messages import PaymentInput
from workflows.names import AWAITING_CARD, PAYMENT_DEADLINE, PAYMENT_STATUS
from workflows.web_ui import order as web_ui


class PaymentPage:
    """Where the payment is, what is held of it, and why the card did not pay.

    `rest` is what the account did not cover, in cents.
    """

    def __init__(self, payment: PaymentInput) -> None:
        """A payment of which nothing is held yet."""
        self.rest = payment.amount
        self.failure: PaymentFailure | None = None
        self._payment = payment

    def charging(self, attempt: int) -> None:
        """While a card is being charged with the rest."""
        now = f"**Charging the credit card** with {self._written(self.rest)}, attempt {attempt}."
        self._show(PaymentStatus.CHARGING, now, self._held())

    def awaiting_card(self, waiting: WaitingPeriod, reminder_due: datetime | None) -> None:
        """While the payment waits: for what, why, since when, until when."""
        lines = [
            f"- since {_moment(waiting.since)}",
            f"- until {_moment(waiting.deadline)}, then the payment is canceled",
        ]
        if reminder_due is not None:
            lines.append(f"- next reminder {_moment(reminder_due)}")
        self._show(
            PaymentStatus.AWAITING_CARD,
            "**Waiting for another credit card** of the customer.",
            self._why(),
            "\n".join([*lines, self._held()]),
            deadline=waiting.deadline,
        )

    def received(self) -> None:
        """When the whole amount is held."""
        now = "**Payment received.** The whole amount is held."
        self._show(PaymentStatus.RECEIVED, now, self._held(charged=self.rest))

    def canceled(self) -> None:
        """When nothing is held any more."""
        withdrawn = self._payment.amount - self.rest
        self.rest = self._payment.amount
        now = "**Payment canceled.**"
        if withdrawn:
            now += f" {self._written(withdrawn)} are on the customer's account again."
        self._show(PaymentStatus.CANCELED, now, self._why(), self._held())

    def _show(
        self, status: PaymentStatus, *paragraphs: str, deadline: datetime | None = None
    ) -> None:
        news: list[SearchAttributeUpdate[Any]] = [
            PAYMENT_STATUS.value_set(status),
            AWAITING_CARD.value_set(status is PaymentStatus.AWAITING_CARD),
        ]
        if deadline is not None:
            news.append(PAYMENT_DEADLINE.value_set(deadline))
        web_ui.show(web_ui.paragraphs(*paragraphs), *news)

    def _held(self, charged: int = 0) -> str:
        """The sums in the words of the order's page."""
        return "\n".join(
            [
                f"- held from the account: {self._written(self._payment.amount - self.rest)}",
                f"- held from the card: {self._written(charged)}",
                f"- still missing: {self._written(self.rest - charged)}",
            ]
        )

    def _why(self) -> str:
        if self.failure is None:
            return ""
        return f"{self.failure.message} (`{self.failure.code}`)".lstrip()

    def _written(self, cents: int) -> str:
        return format_amount(cents, self._payment.currency)


def timer(reminder_due: datetime | None, number: int) -> str:
    """The name of the timer that runs while the payment waits."""
    return "Deadline of the payment" if reminder_due is None else f"Reminder {number} is due"


def _moment(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"
