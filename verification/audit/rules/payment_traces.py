"""The courses a payment may take, by the business process, and the amounts on its way."""

from collections.abc import Sequence
from dataclasses import dataclass

from verification.audit.rows import Event, Payment
from verification.audit.snapshot import World
from verification.audit.violation import Findings

START = "nothing"
BY_HAND = "CreditCardRefunded by hand"
NEXT: dict[str, dict[str, str]] = {
    START: {"PaymentRequested": "requested"},
    "requested": {
        "AmountWithdrawn": "withdrawn",
        "CreditCardCharged": "charged",
        "CreditCardFailed": "waiting",
        "PaymentReceived": "received",
        "PaymentCanceled": "canceled",
    },
    "withdrawn": {"PaymentReceived": "received", "PaymentPartlyCovered": "charging"},
    "charging": {
        "CreditCardCharged": "charged",
        "CreditCardFailed": "waiting",
        "PaymentCanceled": "canceled",
    },
    "waiting": {
        "CreditCardDetailsUpdated": "charging",
        "CustomerReminded": "waiting",
        "PaymentCanceled": "canceled",
    },
    "charged": {"PaymentReceived": "received"},
    "received": {
        BY_HAND: "received",
        "CreditCardRefunded": "card refunded",
        "AmountCredited": "credited",
    },
    "card refunded": {"AmountCredited": "credited"},
    "canceled": {"AmountCredited": "credited"},
    "credited": {},
}
"""State by state: which event may follow, and where it leads."""

FORCED: dict[str, dict[str, str]] = {
    "withdrawn": {"PaymentCanceled": "canceled"},
    "charged": {"PaymentCanceled": "canceled"},
    "canceled": {BY_HAND: "canceled", "CreditCardRefunded": "card refunded"},
}
"""As well, where somebody ended the payment's workflow by force: it is given back."""

FORCE = {"TERMINATED", "FAILED", "TIMED_OUT", "CANCELED"}


def every_payment_takes_an_allowed_course(world: World) -> Findings:
    """Its events follow one another as they may, with the amounts that belong there."""
    for payment in world.books.payments:
        events = world.events.get(f"payment/{payment.id}", ())
        execution = world.executions_by_id.get(f"payment/{payment.id}")
        by_force = execution is not None and execution.status in FORCE
        if complaint := _Course(payment, by_force=by_force).complaint(events):
            yield f"payment {payment.id}", complaint


@dataclass
class _Course:
    """Where a payment is after some of its events, and what is held of it then, in cents."""

    payment: Payment
    by_force: bool
    state: str = START
    withdrawn: int = 0
    charged: int = 0
    reminders: int = 0

    def complaint(self, events: Sequence[Event]) -> str | None:
        """What is wrong with them; None if nothing is."""
        for event in events:
            after, told = self.state, kind(event)
            allowed = NEXT[after] | (FORCED.get(after, {}) if self.by_force else {})
            if told not in allowed:
                return f"{told} after {after}"
            self.state = allowed[told]
            if complaint := self._complaint_of_amount(event):
                return f"{told} after {after}: {complaint}"
        return self._complaint_of_end()

    def _complaint_of_amount(self, event: Event) -> str | None:  # noqa: PLR0911  a case per event
        amount: int = event.data.get("amount", 0)
        rest = self.payment.amount - self.withdrawn - self.charged
        match kind(event):
            case "AmountWithdrawn":
                self.withdrawn = amount
                return _unless(0 < amount <= rest, amount)
            case "PaymentPartlyCovered":
                return _unless(event.data["rest"] == rest > 0, event.data["rest"])
            case "CreditCardCharged":
                self.charged = amount
                return _unless(amount == rest > 0, amount)
            case "CustomerReminded":
                self.reminders += 1
                return _unless(event.data["reminder"] == self.reminders, event.data["reminder"])
            case "PaymentReceived":
                return _unless(rest == 0, rest)
            case "CreditCardRefunded by hand":
                self.charged -= amount
                return _unless(amount > 0 and event.data["left"] == self.charged >= 0, amount)
            case "CreditCardRefunded":
                given, self.charged = self.charged, 0
                return _unless(amount == given > 0, amount)
            case "AmountCredited":
                given, self.withdrawn = self.withdrawn, 0
                return _unless(amount == given > 0 and self.charged == 0, amount)
            case _:
                return None

    def _complaint_of_end(self) -> str | None:
        held = self.withdrawn + self.charged
        is_over = not self.payment.is_open and not self.payment.is_giving_back
        if is_over and self.payment.status != "received" and held:
            return f"ended as {self.payment.status} with {held} not given back"
        ended = {"received", "canceled", "card refunded", "credited"}
        if is_over and self.state not in ended:
            return f"ended as {self.payment.status} after {self.state}"
        return None


def kind(event: Event) -> str:
    """A refund made by hand is none that the process asked for."""
    return BY_HAND if event.data.get("by_hand") else event.type


def _unless(right: bool, value: object) -> str | None:  # noqa: FBT001  says nothing else
    return None if right else f"not {value}"
