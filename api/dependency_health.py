"""What is away at the moment: said when it goes and when it is back, not with every request."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping

from sqlalchemy.exc import DBAPIError

TEMPORAL = "Temporal"
DATABASE = "the database"

LOOK_SECONDS = 1.0
"""Between two looks whether something is there again."""

log = logging.getLogger(__name__)

Away = Mapping[str, BaseException]
"""Names for the reader, and why each is held to be away."""


class Outages:
    """Belongs to one application and its event loop."""

    def __init__(self) -> None:
        """Nothing is known to be away."""
        self._since: dict[str, float] = {}
        self._noticed = asyncio.Event()

    def is_away(self, name: str) -> bool:
        """As far as anybody who needed it has noticed."""
        return name in self._since

    def notice(self, name: str, reason: BaseException) -> None:
        """Somebody needed it, and it was not there."""
        if name not in self._since:
            self._since[name] = time.monotonic()
            log.warning("%s is away: %s", name, _in_a_line(reason))
        self._noticed.set()

    async def watch(self, look: Callable[[], Awaitable[Away]]) -> None:
        """Look, while something is away, until it is there again; until cancelled."""
        while True:
            await self._noticed.wait()
            self._noticed.clear()
            while self._since:
                await asyncio.sleep(LOOK_SECONDS)
                away = await look()
                for name in self._since.keys() - away.keys():
                    seconds = time.monotonic() - self._since.pop(name)
                    log.info("%s is there again, after %.0f s", name, seconds)


def _in_a_line(error: BaseException) -> str:
    """The first line of what the driver says, without SQLAlchemy's addition to it."""
    said = error.orig if isinstance(error, DBAPIError) and error.orig else error
    text = str(said).strip() or type(said).__name__
    return text.splitlines()[0]
