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
        self._suspected: dict[str, BaseException] = {}
        self._reported = asyncio.Event()

    def is_unavailable(self, name: str) -> bool:
        """Whether a check has failed for want of it, and none has succeeded since."""
        return name in self._since

    def suspect(self, name: str, reason: BaseException) -> None:
        """Have it checked: a request could not use the dependency.

        The request alone may have failed, for its size or a rate limit.
        """
        self._suspected.setdefault(name, reason)
        self._reported.set()

    def report_unavailable(self, name: str, reason: BaseException) -> None:
        """Record that a check could not use the dependency."""
        if name not in self._since:
            self._since[name] = time.monotonic()
            log.warning("%s is unavailable: %s", name, first_line(reason))
        self._reported.set()

    async def watch(self, check: Callable[[], Awaitable[Unavailable]]) -> None:
        """Check what is suspected, and what is unavailable until it is available again.

        Continues until cancelled. A check begins when `check` is called, not before.
        """
        while True:
            await self._reported.wait()
            self._reported.clear()
            if self._suspected:
                self._judge(await check())
            while self._since:
                await asyncio.sleep(CHECK_INTERVAL_SECONDS)
                unavailable = await check()
                for name in self._since.keys() - unavailable.keys():
                    seconds = time.monotonic() - self._since.pop(name)
                    log.info("%s is available again, after %.0f s", name, seconds)

    def _judge(self, unavailable: Unavailable) -> None:
        suspected, self._suspected = self._suspected, {}
        for name, reason in suspected.items():
            if name in unavailable:
                self.report_unavailable(name, reason)
            elif name not in self._since:
                log.warning("%s is available, but failed a request: %s", name, first_line(reason))


def first_line(error: BaseException) -> str:
    """The first line of the driver's message, without what SQLAlchemy adds to it."""
    cause = error.orig if isinstance(error, DBAPIError) and error.orig else error
    text = str(cause).strip() or type(cause).__name__
    return text.splitlines()[0]
