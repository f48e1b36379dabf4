"""Client secrets, with which a customer's browser authenticates a charge (3-D Secure).

The API uses this module; `refund_look_up` and `stripe_disputes` are its others that send requests.
"""

from config import Settings
from gateways.look_ups import LookUps
from gateways.stripe_cards import StripeCards


class CardAuthentication(LookUps):
    """Requests client secrets from the card provider; belongs to one event loop."""

    def __init__(self, settings: Settings) -> None:
        """Sends no request yet."""
        super().__init__()
        self._cards = StripeCards(
            settings.stripe_api_key.get_secret_value(),
            settings.stripe_api_base,
            settings.outside_timeout_seconds,
        )

    async def client_secret(self, charge_id: str) -> str | None:
        """The client secret of a charge that its customer may authenticate; None for others.

        Raises `CardProviderUnavailableError`.
        """
        return await self._look_up(self._cards.client_secret, charge_id)
