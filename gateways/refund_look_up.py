"""Looking refunds up for the API, which gets only hints of them by webhook."""

from anyio import CapacityLimiter, to_thread

from config import Settings
from gateways.card_authentication import CardProviderUnavailableError
from gateways.cards import ProviderRefund, ProviderUnavailableError
from gateways.stripe_cards import StripeCards

THREADS = 4
"""Concurrent requests per process: a slow provider then delays nothing else."""


class RefundLookUp:
    """Looks refunds up at the card provider; belongs to one event loop."""

    def __init__(self, settings: Settings) -> None:
        """Sends no request yet."""
        self._cards = StripeCards(
            settings.stripe_api_key.get_secret_value(),
            settings.stripe_api_base,
            settings.outside_timeout_seconds,
        )
        self._threads = CapacityLimiter(THREADS)

    async def look_up(self, refund_id: str) -> ProviderRefund:
        """The refund in its present state. Raises `CardProviderUnavailableError`."""
        try:
            return await to_thread.run_sync(
                self._cards.look_up_refund, refund_id, limiter=self._threads
            )
        except ProviderUnavailableError as error:
            raise CardProviderUnavailableError(str(error)) from None
