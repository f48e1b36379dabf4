"""Bugs about what time it is."""

from datetime import UTC, datetime

import pytest

from activities.clock import ServerClock


def trust_the_workers_clock(patch: pytest.MonkeyPatch) -> None:
    """Moments are those of the machine that the worker happens to run on."""

    def now(self: ServerClock) -> datetime:
        del self
        return datetime.now(UTC)

    patch.setattr(ServerClock, "now", now)
