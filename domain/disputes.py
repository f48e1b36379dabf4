"""Disputes and early fraud warnings: what a card's issuer says of a charge after it was paid."""

from enum import StrEnum

from pydantic import AwareDatetime, BaseModel, ConfigDict


class DisputeKind(StrEnum):
    """What the issuer reports."""

    DISPUTE = "dispute"
    """The cardholder disputes the charge: the provider takes the money back until it is decided.

    An inquiry (status `warning_…`) takes no money yet.
    """

    EARLY_FRAUD_WARNING = "early_fraud_warning"
    """The issuer suspects fraud; often a dispute follows, unless the charge is refunded first."""


ACTIONABLE, NOT_ACTIONABLE = "actionable", "not_actionable"
"""The statuses of a warning. It is actionable until the charge is disputed or refunded in full."""

CLOSED = frozenset({"won", "lost", "warning_closed", "prevented", NOT_ACTIONABLE})
"""The final statuses (https://docs.stripe.com/api/disputes/object); any other one is open."""


class Dispute(BaseModel):
    """A dispute or an early fraud warning as the card provider has it.

    `amount` in minor units is the disputed part of the charge; a warning names none. `charge_id` is
    the PaymentIntent's id, or the charge's own if it was made without one. `reason` and `status`
    are the provider's words.
    """

    model_config = ConfigDict(frozen=True, from_attributes=True)

    id: str
    kind: DisputeKind
    charge_id: str
    amount: int | None
    currency: str | None
    reason: str | None
    status: str
    opened_at: AwareDatetime

    @property
    def is_open(self) -> bool:
        """Whether the provider may still change it."""
        return self.status not in CLOSED


class StoredDispute(Dispute):
    """A dispute in our tables; without a `payment_id` its charge is not known to be one of ours.

    `updated_at` is when the provider was last asked for it.
    """

    payment_id: str | None
    updated_at: AwareDatetime
