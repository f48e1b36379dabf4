"""How soon what was under way goes on after a SIGKILL."""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from verification.chaos.watch import Seen

GOAL = 40.0
"""Seconds: start-to-close of an activity, 30, and 10 more."""

BOUND = 3 * GOAL
"""Seconds; a busy machine may miss the goal, but only what was forgotten takes so long."""


class Looks(Protocol):
    """What `verification.chaos.watch.Watch` tells of its looks."""

    after_look: Callable[[float], None]

    def items(self) -> Iterable[tuple[str, Seen]]:
        """Each order as it was seen last."""
        ...

    def __getitem__(self, id: str) -> Seen: ...


@dataclass
class _Killed:
    """What was under way when a process was killed, and how many events it had."""

    process: str
    at: float
    events: dict[str, int] | None = None


@dataclass
class Recovery:
    """Measures, for each order under way at a kill, the time to its next event."""

    watch: Looks
    seconds: dict[str, list[float]] = field(default_factory=dict[str, list[float]])
    """By the process that was killed."""

    _open: list[_Killed] = field(default_factory=list[_Killed])

    def __post_init__(self) -> None:
        """Sees what the watch sees."""
        self.watch.after_look = self._look

    def killed(self, process: str) -> None:
        """That process is dead as of now. What has happened is told by the next look."""
        self.seconds.setdefault(process, [])
        self._open.append(_Killed(process, time.monotonic()))

    @property
    def all_seconds(self) -> list[float]:
        """Of all processes."""
        return [second for seconds in self.seconds.values() for second in seconds]

    @property
    def waited_for(self) -> Mapping[str, int]:
        """How many orders, by killed process, have not gone on yet."""
        return {killed.process: len(killed.events) for killed in self._open if killed.events}

    def _look(self, began: float) -> None:
        now = time.monotonic()
        for killed in self._open:
            if killed.events is None:
                if began >= killed.at:
                    killed.events = {
                        id: seen.events for id, seen in self.watch.items() if seen.is_under_way
                    }
                continue
            for id, events in list(killed.events.items()):
                seen = self.watch[id]
                if seen.events > events or seen.is_over:
                    self.seconds[killed.process].append(now - killed.at)
                    del killed.events[id]
        self._open = [killed for killed in self._open if killed.events != {}]


def percentile(values: Sequence[float], percent: float) -> float:
    """The least value that so many per cent of `values` do not exceed; `values` is not empty."""
    ordered = sorted(values)
    return ordered[max(0, -(-len(ordered) * percent // 100).__int__() - 1)]
