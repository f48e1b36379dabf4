"""What a customer's browser authenticates a charge with, for an API that knows no card provider."""

from anyio import CapacityLimiter, to_thread

from config import Settings
from gateways.cards import ProviderUnavailableError
from gateways.stripe_cards import StripeCards

THREADS = 4
"""Questions at the same time, in one process: a slow provider holds up nothing else."""


class CardProviderAwayError(Exception):
    """The card provider did not answer; the text says why, and nothing of the answer."""


class CardAuthentication:
    """Asks the card provider of the settings; belongs to one event loop."""

    def __init__(self, settings: Settings) -> None:
        """Nothing is asked yet."""
        self._cards = StripeCards(
            settings.stripe_api_key.get_secret_value(),
            settings.stripe_api_base,
            settings.outside_timeout_seconds,
        )
        self._threads = CapacityLimiter(THREADS)

    async def client_secret(self, charge_id: str) -> str | None:
        """Of the charge, while it waits for its customer; raises `CardProviderAwayError`."""
        ask = self._cards.client_secret
        try:
            return await to_thread.run_sync(ask, charge_id, limiter=self._threads)
        except ProviderUnavailableError as error:
            raise CardProviderAwayError(str(error)) from None
