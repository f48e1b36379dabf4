"""Client secrets, with which a customer's browser authenticates a charge (3-D Secure).

The API uses this module; `refund_look_up` and `stripe_disputes` are its others that send requests.
"""

from anyio import CapacityLimiter, to_thread

from config import Settings
from gateways.cards import ProviderUnavailableError
from gateways.stripe_cards import StripeCards

THREADS = 4
"""Concurrent requests per process: a slow provider then delays nothing else."""


class CardProviderUnavailableError(Exception):
    """The card provider did not respond; the message gives the reason, and quotes no response."""


class CardAuthentication:
    """Requests client secrets from the card provider; belongs to one event loop."""

    def __init__(self, settings: Settings) -> None:
        """Sends no request yet."""
        self._cards = StripeCards(
            settings.stripe_api_key.get_secret_value(),
            settings.stripe_api_base,
            settings.outside_timeout_seconds,
        )
        self._threads = CapacityLimiter(THREADS)

    async def client_secret(self, charge_id: str) -> str | None:
        """The client secret of a charge that its customer may authenticate; None for others.

        Raises `CardProviderUnavailableError`.
        """
        try:
            return await to_thread.run_sync(
                self._cards.client_secret, charge_id, limiter=self._threads
            )
        except ProviderUnavailableError as error:
            raise CardProviderUnavailableError(str(error)) from None
