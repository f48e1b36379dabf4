"""Disputes and early fraud warnings at Stripe, looked up by id.

The API uses this module, beside `card_authentication`.
"""

from datetime import UTC, datetime

import stripe

from config import Settings
from domain.disputes import ACTIONABLE, NOT_ACTIONABLE, Dispute, DisputeKind
from gateways.look_ups import LookUps
from gateways.stripe_amounts import from_provider
from gateways.stripe_client import stripe_client
from gateways.stripe_errors import raise_unavailable


class StripeDisputes(LookUps):
    """Looks disputes and warnings up; belongs to one event loop."""

    def __init__(self, settings: Settings) -> None:
        """Sends no request yet."""
        super().__init__()
        self._stripe = stripe_client(
            settings.stripe_api_key.get_secret_value(),
            settings.stripe_api_base,
            settings.outside_timeout_seconds,
        )

    async def find(self, kind: DisputeKind, id: str) -> Dispute | None:
        """The dispute or warning as it is now; None if the provider has none with this id.

        Raises `CardProviderUnavailableError`.
        """
        retrieve = self._find_dispute if kind is DisputeKind.DISPUTE else self._find_warning
        return await self._find(retrieve, id)

    def _find_dispute(self, id: str) -> Dispute:
        try:
            found = self._stripe.disputes.retrieve(id)
        except stripe.StripeError as error:
            raise_unavailable(error, f"look up dispute {id}")
        return Dispute(
            id=found.id,
            kind=DisputeKind.DISPUTE,
            charge_id=_charge_id(found),
            amount=from_provider(found.amount, found.currency.upper()),
            currency=found.currency.upper(),
            reason=found.reason,
            status=found.status,
            opened_at=datetime.fromtimestamp(found.created, UTC),
        )

    def _find_warning(self, id: str) -> Dispute:
        try:
            found = self._stripe.radar.early_fraud_warnings.retrieve(id)
        except stripe.StripeError as error:
            raise_unavailable(error, f"look up early fraud warning {id}")
        return Dispute(
            id=found.id,
            kind=DisputeKind.EARLY_FRAUD_WARNING,
            charge_id=_charge_id(found),
            amount=None,
            currency=None,
            reason=found.fraud_type,
            status=ACTIONABLE if found.actionable else NOT_ACTIONABLE,
            opened_at=datetime.fromtimestamp(found.created, UTC),
        )


def _charge_id(found: stripe.Dispute | stripe.radar.EarlyFraudWarning) -> str:
    # Stripe omits the PaymentIntent of a charge that was made without one.
    return str(getattr(found, "payment_intent", None) or found.charge)
