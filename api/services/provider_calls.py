"""Calls of the card provider by the API, which only a few endpoints need."""

import logging
from collections.abc import Generator
from contextlib import contextmanager

from api.errors import DependencyUnavailableError
from gateways.look_ups import CardProviderUnavailableError

CARD_PROVIDER = "the card provider"

log = logging.getLogger(__name__)


@contextmanager
def provider_call() -> Generator[None]:
    """Translate an unavailable card provider into `DependencyUnavailableError`."""
    try:
        yield
    except CardProviderUnavailableError as error:
        log.warning("%s", error)
        # Without a cause: `DependencyHealth` does not watch the card provider.
        raise DependencyUnavailableError(CARD_PROVIDER) from None
