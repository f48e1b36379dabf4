"""Actions around a deadline are timed from the actual deadline."""

from datetime import timedelta
from typing import Any, cast

import pytest

from tests.support.examples import NOON
from verification.chaos import races
from verification.chaos.races import SECONDS_PER_DAY, WAITING, Races

LEFT = timedelta(days=14)
LEAD = 1.0


class SlowShop:
    """Takes `seconds` to move a clock, which keeps running."""

    def __init__(self, clock: list[float], seconds: float) -> None:
        self._clock = clock
        self._seconds = seconds
        self._left = LEFT.total_seconds()

    async def payment(self, _id: str) -> dict[str, Any]:
        if self._left <= 0:
            return {"status": "canceled"}
        now = NOON + LEFT - timedelta(seconds=self._left)
        return {
            "status": WAITING,
            "deadline": (NOON + LEFT).isoformat(),
            "now": now.isoformat(),
        }

    async def fast_forward(self, _id: str, days: float) -> bool:
        self._clock[0] += self._seconds
        self._left -= days * SECONDS_PER_DAY + self._seconds
        return True


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [100.0]

    async def sleep(seconds: float) -> None:
        now[0] += max(0, seconds)

    monkeypatch.setattr(races.time, "monotonic", lambda: now[0])
    monkeypatch.setattr(races.asyncio, "sleep", sleep)
    return now


async def test_the_time_for_moving_the_clock_is_not_part_of_the_race(
    clock: list[float],
) -> None:
    raced = Races(cast(Any, SlowShop(clock, 0.75)))

    deadline = await raced.approach("p-1", LEAD)

    assert deadline is not None
    assert deadline == pytest.approx(100 + LEAD)

    async def nothing() -> None:
        pass

    await raced.do(deadline, "card", -0.1, nothing)
    await raced.do(deadline, "card", None, nothing)
    await raced.do(deadline, "cancellation", 0.1, nothing)

    assert raced.done == {"card before the deadline": 1, "cancellation after the deadline": 1}
    assert raced.ids == {"p-1"}


async def test_a_clock_moved_too_slowly_is_no_race(clock: list[float]) -> None:
    raced = Races(cast(Any, SlowShop(clock, 2 * LEAD)))

    assert await raced.approach("p-1", LEAD) is None
    assert raced.done == {"over before any action": 1}
    assert not raced.ids
