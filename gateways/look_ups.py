"""Requests of the API to the card provider: in threads of their own, and never retried here."""

from collections.abc import Callable
from typing import TypeVar

from anyio import CapacityLimiter, to_thread

from gateways.cards import MissingAtProviderError, ProviderUnavailableError

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

    async def _find(self, look_up: Callable[[str], T], id: str) -> T | None:
        """As `_look_up`; None if the provider has no object with this id."""

        def find(id: str) -> T | None:
            try:
                return look_up(id)
            except MissingAtProviderError:
                return None

        return await self._look_up(find, id)
