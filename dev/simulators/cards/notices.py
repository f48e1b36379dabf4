"""Which webhook events follow from what happened: https://docs.stripe.com/api/events/types.

The endpoint is subscribed to these types only; Stripe has more, such as `charge.succeeded`.
"""

from dataclasses import dataclass

from dev.simulators.cards.objects import Objects
from dev.simulators.cards.protocol.webhooks import Webhooks
from dev.simulators.cards.store.stored_objects import Dispute, FraudWarning, Intent, Refund

_OF_INTENTS = {
    "succeeded": "payment_intent.succeeded",
    "requires_payment_method": "payment_intent.payment_failed",
    "requires_action": "payment_intent.requires_action",
    "processing": "payment_intent.processing",
    "canceled": "payment_intent.canceled",
}

CLOSED = frozenset({"won", "lost", "warning_closed"})
"""Final states of a dispute."""


@dataclass(frozen=True)
class Notices:
    """Adds events; the caller owns the transaction."""

    webhooks: Webhooks
    objects: Objects

    def intent(self, intent: Intent) -> None:
        """The PaymentIntent has a new status."""
        self.webhooks.add(_OF_INTENTS[intent.status], self.objects.payment_intent(intent))

    def new_refund(self, refund: Refund, intent: Intent) -> None:
        """A charge was refunded."""
        self.webhooks.add("refund.created", self.objects.refund(refund))
        self.webhooks.add("charge.refunded", self.objects.charge(intent))

    def refund(self, refund: Refund) -> None:
        """The refund has a new status: under both the older and the newer names."""
        shown = self.objects.refund(refund)
        self.webhooks.add("refund.updated", shown)
        self.webhooks.add("charge.refund.updated", shown)
        if refund.status == "failed":
            self.webhooks.add("refund.failed", shown)

    def dispute(self, dispute: Dispute, before: Dispute | None) -> None:
        """A dispute is new, or has a new status; an inquiry takes no money."""
        shown = self.objects.dispute(dispute)
        change = "closed" if dispute.status in CLOSED else "updated"
        self.webhooks.add(f"charge.dispute.{change if before else 'created'}", shown)
        was_inquiry = before is None or before.status.startswith("warning_")
        if was_inquiry and not dispute.status.startswith("warning_"):
            self.webhooks.add("charge.dispute.funds_withdrawn", shown)
        if dispute.status == "won":
            self.webhooks.add("charge.dispute.funds_reinstated", shown)

    def fraud_warning(self, warning: FraudWarning) -> None:
        """The card's bank reports fraud."""
        self.webhooks.add("radar.early_fraud_warning.created", self.objects.fraud_warning(warning))
