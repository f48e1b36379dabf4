"""Looking refunds up for the API, which gets only hints of them by webhook."""

from config import Settings
from gateways.cards import ProviderRefund
from gateways.look_ups import LookUps
from gateways.stripe_cards import StripeCards


class RefundLookUp(LookUps):
    """Looks refunds up at the card provider; belongs to one event loop."""

    def __init__(self, settings: Settings) -> None:
        """Sends no request yet."""
        super().__init__()
        self._cards = StripeCards(
            settings.stripe_api_key.get_secret_value(),
            settings.stripe_api_base,
            settings.outside_timeout_seconds,
        )

    async def find(self, refund_id: str) -> ProviderRefund | None:
        """The refund as it is now; None if the provider has none with this id.

        Raises `CardProviderUnavailableError`.
        """
        return await self._find(self._cards.look_up_refund, refund_id)
