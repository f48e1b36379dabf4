"""What time it is during an activity."""

import time
from datetime import datetime, timedelta

from temporalio import activity


class ServerClock:
    """The Temporal server's clock, as far as this attempt can tell: never the worker's own.

    A worker's clock may be wrong by weeks, and another worker's by others. The server says when it
    started the attempt; from there on the seconds are counted, which a worker can do.

    In a workflow whose time was skipped it is ahead as the workflow is. While an activity is under
    way at most the pauses between its attempts are skipped, so that its moments can be compared.
    Not for local activities: the worker starts those itself, on its own clock.
    """

    def __init__(self) -> None:
        """Begins to count: to be made first thing in an activity."""
        self._scheduled = activity.info().scheduled_time
        self._started = activity.info().started_time
        self._begun = time.monotonic()

    def now(self) -> datetime:
        """In UTC."""
        return self._started + timedelta(seconds=time.monotonic() - self._begun)

    def since_scheduled(self) -> timedelta:
        """Since the workflow asked for the activity: all its attempts, and the pauses between."""
        return self.now() - self._scheduled
