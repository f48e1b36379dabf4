"""Measures how soon orders under way make progress after a SIGKILL."""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from verification.chaos.order_monitor import Observation

GOAL = 40.0
"""Seconds: start-to-close of an activity, 30, and 10 more."""

BOUND = 3 * GOAL
"""Seconds; a busy machine may miss the goal, but only a lost order takes longer than this."""


class Observations(Protocol):
    """The part of `OrderMonitor` that is used here."""

    after_read: Callable[[float], None]

    def items(self) -> Iterable[tuple[str, Observation]]:
        """Each order with its last observation."""
        ...

    def __getitem__(self, id: str) -> Observation: ...


@dataclass
class _Killed:
    """The orders under way when a process was killed, with their numbers of events."""

    process: str
    at: float
    events: dict[str, int] | None = None


@dataclass
class Recovery:
    """Measures, for each order under way at a kill, the time to its next event."""

    monitor: Observations
    seconds: dict[str, list[float]] = field(default_factory=dict[str, list[float]])
    """By the process that was killed."""

    _open: list[_Killed] = field(default_factory=list[_Killed])

    def __post_init__(self) -> None:
        """Subscribe to the monitor."""
        self.monitor.after_read = self._update

    def killed(self, process: str) -> None:
        """Record the kill; the next read of the monitor finds the orders under way."""
        self.seconds.setdefault(process, [])
        self._open.append(_Killed(process, time.monotonic()))

    @property
    def all_seconds(self) -> list[float]:
        """Of all processes."""
        return [second for seconds in self.seconds.values() for second in seconds]

    @property
    def waited_for(self) -> Mapping[str, int]:
        """By killed process, the number of orders that have made no progress since."""
        return {killed.process: len(killed.events) for killed in self._open if killed.events}

    def _update(self, began: float) -> None:
        now = time.monotonic()
        for killed in self._open:
            if killed.events is None:
                if began >= killed.at:
                    killed.events = {
                        id: seen.events for id, seen in self.monitor.items() if seen.is_under_way
                    }
                continue
            for id, events in list(killed.events.items()):
                seen = self.monitor[id]
                if seen.events > events or seen.is_over:
                    self.seconds[killed.process].append(now - killed.at)
                    del killed.events[id]
        self._open = [killed for killed in self._open if killed.events != {}]


def percentile(values: Sequence[float], percent: float) -> float:
    """The least value that `percent` % of `values` do not exceed; `values` is not empty."""
    ordered = sorted(values)
    return ordered[max(0, -(-len(ordered) * percent // 100).__int__() - 1)]
