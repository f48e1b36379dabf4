"""What people read of a payment in Temporal's Web UI, and the search attributes that find it."""

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


class PaymentDetails:
    """The payment's current details: its state, what is held, and why the card did not pay.

    `rest` is what the account does not cover, in cents.
    """

    def __init__(self, payment: PaymentInput) -> None:
        """A payment of which nothing is held yet."""
        self._payment = payment
        self._shown = _attributes(PaymentStatus.CHARGING)  # what it starts with

    def charging(self, rest: int, attempt: int) -> None:
        """While a card is being charged with the rest."""
        self._show(PaymentStatus.CHARGING, self._charging(rest, attempt), self._held(rest))

    def refused(self, rest: int, attempt: int, retried_at: datetime) -> None:
        """While the charge is parked: the card provider refused the request."""
        now = (
            f"**Refused by the card provider**: the request to charge {self._format(rest)}, "
            f"attempt {attempt}. No money was taken; docs/operations.md says what to do."
        )
        web_ui.show(web_ui.paragraphs(now, f"- retried {_moment(retried_at)}\n{self._held(rest)}"))

    def at_card_limit(self, rest: int, attempt: int, retried_at: datetime) -> None:
        """While other charges of the card have to be decided before this one is requested."""
        now = (
            f"**Waiting for other charges of this card**, before {self._format(rest)} are charged, "
            f"attempt {attempt}: its network may allow no further attempt. Nothing was requested."
        )
        web_ui.show(
            web_ui.paragraphs(now, f"- looked at again {_moment(retried_at)}\n{self._held(rest)}")
        )

    def charging_again(self, rest: int, attempt: int) -> None:
        """While a refused request is made again; the search attributes stay as they are."""
        web_ui.show(web_ui.paragraphs(self._charging(rest, attempt), self._held(rest)))

    def awaiting_card(
        self,
        rest: int,
        failure: PaymentFailure | None,
        waiting: WaitingPeriod,
        reminder_due: datetime | None,
    ) -> None:
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
            _reason(failure),
            "\n".join([*lines, self._held(rest)]),
            deadline=waiting.deadline,
        )

    def received(self, rest: int) -> None:
        """When the whole amount is held."""
        now = "**Payment received.** The whole amount is held."
        self._show(PaymentStatus.RECEIVED, now, self._held(rest, charged=rest))

    def canceled(self, rest: int, failure: PaymentFailure | None) -> None:
        """When nothing is held any more."""
        now = "**Payment canceled.**"
        if withdrawn := self._payment.amount - rest:
            now += f" {self._format(withdrawn)} are on the customer's account again."
        self._show(PaymentStatus.CANCELED, now, _reason(failure), self._held(self._payment.amount))

    def _show(
        self, status: PaymentStatus, *paragraphs: str, deadline: datetime | None = None
    ) -> None:
        attributes = _attributes(status, deadline)
        is_shown = attributes == self._shown and self._payment.agreement.spares_history
        web_ui.show(web_ui.paragraphs(*paragraphs), *([] if is_shown else attributes))
        self._shown = attributes

    def _charging(self, rest: int, attempt: int) -> str:
        return f"**Charging the credit card** with {self._format(rest)}, attempt {attempt}."

    def _held(self, rest: int, charged: int = 0) -> str:
        """The amounts, in the words of the order's web page."""
        return "\n".join(
            [
                f"- withdrawn from account: {self._format(self._payment.amount - rest)}",
                f"- charged to card: {self._format(charged)}",
                f"- amount due: {self._format(rest - charged)}",
            ]
        )

    def _format(self, cents: int) -> str:
        return format_amount(cents, self._payment.currency)


def _attributes(
    status: PaymentStatus, deadline: datetime | None = None
) -> list[SearchAttributeUpdate[Any]]:
    attributes: list[SearchAttributeUpdate[Any]] = [
        PAYMENT_STATUS.value_set(status),
        AWAITING_CARD.value_set(status is PaymentStatus.AWAITING_CARD),
    ]
    if deadline is not None:
        attributes.append(PAYMENT_DEADLINE.value_set(deadline))
    elif status in {PaymentStatus.RECEIVED, PaymentStatus.CANCELED}:
        attributes.append(PAYMENT_DEADLINE.value_unset())
    return attributes


def _reason(failure: PaymentFailure | None) -> str:
    if failure is None:
        return ""
    codes = dict.fromkeys(filter(None, (failure.code, failure.decline_code)))
    return f"{failure.message} ({', '.join(f'`{code}`' for code in codes)})".lstrip()


def timer_name(waiting: WaitingPeriod, number: int, until: datetime) -> str:
    """The name of the timer that runs until that moment, while the payment waits."""
    if until == waiting.deadline:
        return "Deadline of the payment"
    return f"Reminder {number} is due" if until == waiting.reminder_at(number) else "Card retry"


def _moment(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"
