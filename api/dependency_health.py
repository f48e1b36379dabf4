"""Which dependencies are unavailable: logged on every change, not with every request."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping

from sqlalchemy.exc import DBAPIError

TEMPORAL = "Temporal"
DATABASE = "the database"

CHECK_INTERVAL_SECONDS = 1.0
"""Between two checks whether a dependency is available again."""

log = logging.getLogger(__name__)

Unavailable = Mapping[str, BaseException]
"""The names of unavailable dependencies, each with the reason."""


class DependencyHealth:
    """Belongs to one application and its event loop."""

    def __init__(self) -> None:
        """Every dependency is assumed to be available."""
        self._since: dict[str, float] = {}
        self._reported = asyncio.Event()

    def is_unavailable(self, name: str) -> bool:
        """Whether a request or a check has failed for want of it, and none has succeeded since."""
        return name in self._since

    def report_unavailable(self, name: str, reason: BaseException) -> None:
        """Record that a request or a check could not use the dependency."""
        if name not in self._since:
            self._since[name] = time.monotonic()
            log.warning("%s is unavailable: %s", name, _first_line(reason))
        self._reported.set()

    async def watch(self, check: Callable[[], Awaitable[Unavailable]]) -> None:
        """While a dependency is unavailable, check until it is available again; until cancelled."""
        while True:
            await self._reported.wait()
            self._reported.clear()
            while self._since:
                await asyncio.sleep(CHECK_INTERVAL_SECONDS)
                unavailable = await check()
                for name in self._since.keys() - unavailable.keys():
                    seconds = time.monotonic() - self._since.pop(name)
                    log.info("%s is available again, after %.0f s", name, seconds)


def _first_line(error: BaseException) -> str:
    """The first line of the driver's message, without what SQLAlchemy adds to it."""
    cause = error.orig if isinstance(error, DBAPIError) and error.orig else error
    text = str(cause).strip() or type(cause).__name__
    return text.splitlines()[0]
