"""The time during an activity."""

import time
from datetime import datetime, timedelta

from temporalio import activity


class ServerClock:
    """The Temporal server's clock, independent of the worker's clock, which may be wrong by weeks.

    The server sends the time at which it started the attempt; this class adds the seconds since.

    If a workflow's time was skipped, this clock is ahead like the workflow's. During an activity
    only the pauses between its attempts may be skipped, so its moments can be compared. Not for
    local activities, which the worker starts by its own clock.
    """

    def __init__(self) -> None:
        """Starts counting seconds: create it at the beginning of an activity."""
        self._scheduled = activity.info().scheduled_time
        self._started = activity.info().started_time
        self._begun = time.monotonic()

    def now(self) -> datetime:
        """The present time, in UTC."""
        return self._started + timedelta(seconds=time.monotonic() - self._begun)

    def since_scheduled(self) -> timedelta:
        """The time since the workflow scheduled the activity, over all attempts and pauses."""
        return self.now() - self._scheduled
