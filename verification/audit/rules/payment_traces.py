"""The event sequences that the business process allows for a payment, and their amounts."""

from collections.abc import Sequence
from dataclasses import dataclass

from verification.audit.rows import Event, Payment
from verification.audit.snapshot import Snapshot
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
        "CreditCardRefunded": "received",
        "AmountCredited": "received",
    },
    "canceled": {"AmountCredited": "canceled"},
}
"""By state: the events that may follow, each with the state after it."""

RETRIED = {"CreditCardCharged": "charged", "CreditCardFailed": "waiting"}
"""Additional events while a payment waits whose terms let the same card be tried again."""

FORCED: dict[str, dict[str, str]] = {
    "withdrawn": {"PaymentCanceled": "canceled"},
    "charged": {"PaymentCanceled": "canceled"},
    "canceled": {BY_HAND: "canceled", "CreditCardRefunded": "canceled"},
}
"""Additional events if the payment's workflow was ended by force: the money is given back."""

MINIMUM_CHARGES = {"CHF": 50, "EUR": 50, "GBP": 30, "USD": 50}
"""The least that the card provider charges, in cents, of the currencies that the audit knows."""

FORCE = {"TERMINATED", "FAILED", "TIMED_OUT", "CANCELED"}


def every_payment_follows_an_allowed_trace(snapshot: Snapshot) -> Findings:
    """Its events are in an allowed order, with the right amounts."""
    for payment in snapshot.books.payments:
        events = snapshot.events.get(f"payment/{payment.id}", ())
        execution = snapshot.executions_by_id.get(f"payment/{payment.id}")
        by_force = execution is not None and execution.status in FORCE
        if problem := _Trace(payment, by_force=by_force).problem(events):
            yield f"payment {payment.id}", problem


@dataclass
class _Trace:
    """The state of a payment after some of its events, and the cents held then."""

    payment: Payment
    by_force: bool
    state: str = START
    withdrawn: int = 0
    charged: int = 0
    reminders: int = 0

    def problem(self, events: Sequence[Event]) -> str | None:
        """The first violation; None if there is none."""
        for event in events:
            before, name = self.state, kind(event)
            allowed = NEXT[before] | (FORCED.get(before, {}) if self.by_force else {})
            if before == "waiting" and self.payment.terms.card_retry_days:
                allowed = allowed | RETRIED
            if name not in allowed:
                return f"{name} after {before}"
            self.state = allowed[name]
            if problem := self._wrong_amount(event):
                return f"{name} after {before}: {problem}"
        return self._wrong_end()

    def _wrong_amount(self, event: Event) -> str | None:  # noqa: PLR0911  a case per event
        amount: int = event.data.get("amount", 0)
        rest = self.payment.amount - self.withdrawn - self.charged
        match kind(event):
            case "AmountWithdrawn":
                self.withdrawn = amount
                return _unless(0 < amount <= rest, amount)
            case "PaymentPartlyCovered":
                minimum = MINIMUM_CHARGES.get(self.payment.currency, 1)
                # An older release accepted smaller payments.
                least = minimum if self.payment.amount >= minimum else 1
                return _unless(event.data["rest"] == rest >= least, event.data["rest"])
            case "CreditCardCharged":
                self.charged = amount
                return _unless(amount == rest > 0, amount)
            case "CustomerReminded":
                self.reminders += 1
                return _unless(event.data["reminder"] == self.reminders, event.data["reminder"])
            case "PaymentReceived":
                return _unless(rest == 0, rest)
            case "CreditCardRefunded by hand" | "CreditCardRefunded":
                self.charged -= amount
                left = event.data.get("left", 0)
                return _unless(amount > 0 and left == self.charged >= 0, amount)
            case "AmountCredited":
                self.withdrawn -= amount
                return _unless(amount > 0 and self.withdrawn >= 0, amount)
            case _:
                return None

    def _wrong_end(self) -> str | None:
        held = self.withdrawn + self.charged
        is_over = not self.payment.is_open and not self.payment.is_giving_back
        if is_over and self.payment.status != "received" and held:
            return f"ended as {self.payment.status} with {held} not given back"
        if is_over and self.state not in {"received", "canceled"}:
            return f"ended as {self.payment.status} after {self.state}"
        return None


def kind(event: Event) -> str:
    """The event's type; a refund made in the provider's dashboard is a kind of its own."""
    return BY_HAND if event.data.get("by_hand") else event.type


def _unless(correct: bool, value: object) -> str | None:  # noqa: FBT001  reads as a condition
    return None if correct else f"not {value}"
