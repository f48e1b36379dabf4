"""Bugs about the clock."""

from datetime import UTC, datetime

import pytest

from activities.clock import ServerClock


def trust_the_workers_clock(patch: pytest.MonkeyPatch) -> None:
    """Times are taken from the worker's machine."""

    def now(self: ServerClock) -> datetime:
        del self
        return datetime.now(UTC)

    patch.setattr(ServerClock, "now", now)
