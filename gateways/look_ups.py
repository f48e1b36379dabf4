"""Requests of the API to the card provider: in threads of their own, and never retried here."""

from collections.abc import Callable
from typing import TypeVar

from anyio import CapacityLimiter, to_thread

from gateways.cards import ProviderUnavailableError

THREADS = 4
"""Concurrent requests per process and kind: a slow provider then delays nothing else."""

T = TypeVar("T")


class CardProviderUnavailableError(Exception):
    """The card provider did not respond; the message gives the reason, and quotes no response."""


class LookUps:
    """Belongs to one event loop."""

    def __init__(self) -> None:
        """Sends no request yet."""
        self._threads = CapacityLimiter(THREADS)

    async def _look_up(self, look_up: Callable[[str], T], id: str) -> T:
        """The result of a blocking request. Raises `CardProviderUnavailableError`."""
        try:
            return await to_thread.run_sync(look_up, id, limiter=self._threads)
        except ProviderUnavailableError as error:
            raise CardProviderUnavailableError(str(error)) from None
