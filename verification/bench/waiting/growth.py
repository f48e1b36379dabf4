"""What is measured with a number of payments waiting, and when their reminders fall due."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from verification.bench.instruments.processes import Finished
from verification.bench.instruments.statistics import percentile
from verification.bench.waiting.table_sizes import of_temporal


@dataclass(frozen=True)
class Opening:
    """Payments that were opened: how many, in how many seconds, and what they take.

    `temporal` and `ours` are the bytes by which each table grew.
    """

    payments: int
    seconds: float
    temporal: Mapping[str, int]
    ours: Mapping[str, int]

    def bytes_each(self) -> dict[str, float]:
        """Bytes per payment, by part of a database."""
        groups = {f"Temporal: {name}": size for name, size in of_temporal(self.temporal).items()}
        parts = groups | {"ours": sum(self.ours.values())}
        return {name: size / self.payments for name, size in parts.items()}


@dataclass(frozen=True)
class Step:
    """Measured while `waiting` payments wait; `opening` is None with the first step, of none."""

    waiting: int
    opening: Opening | None
    cpu_at_rest: Mapping[str, float]
    """Seconds per second, by process."""
    requests: Mapping[str, Sequence[float]]
    """Seconds of each, by what is requested."""
    rates: Sequence[float]
    """New orders per second, of each round."""
    seconds_to_post: Sequence[float]
    """Of each `POST /orders`."""
    memory: Mapping[str, int]
    """Bytes, by process, after the new orders."""
    audit: Finished

    @property
    def rate(self) -> float:
        """New orders per second, of the round in the middle."""
        return median(self.rates)

    @property
    def post_p99(self) -> float:
        """Seconds, of `POST /orders`."""
        return percentile(self.seconds_to_post, 99)


@dataclass(frozen=True)
class DueReminders:
    """What happened when so many reminders fell due at once; all seconds are from that moment.

    The first reminders were due `late` seconds before the last clock was moved on: 0 if at once.
    """

    due: int
    late: float
    recorded: int
    seconds_to_record: float
    mailed: int
    seconds_to_mail: float
    rate: float
    """New orders per second until all were recorded."""
    seconds_of_orders: Sequence[float]
    """How long each of them took."""


@dataclass(frozen=True)
class Growth:
    """All that was measured; the audit after the reminders, the replay of all open workflows."""

    steps: Sequence[Step]
    reminders: DueReminders
    audit: Finished
    replay: Finished

    @property
    def openings(self) -> Sequence[Opening]:
        """Of all steps but the first, of none."""
        return [step.opening for step in self.steps if step.opening]
