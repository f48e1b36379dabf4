"""What must not grow with the payments that wait, and whether it did."""

from collections.abc import Sequence

from verification.bench.measurements.goals import GoalResult
from verification.bench.measurements.stack_processes import API, WORKER
from verification.bench.waiting.growth import DueReminders, Growth, Step

SPEED_RATIO = 0.9
"""Of the new orders per second while nothing waits, at least."""

MEMORY_GROWTH = 0.1
"""From the last step but one to the last, at the most: more is not flat."""

FLAT = (WORKER, API)
"""The processes whose memory must not grow."""


def results(growth: Growth) -> Sequence[GoalResult]:
    """Each goal."""
    return [
        speed(growth.steps),
        *(memory(growth.steps, process) for process in FLAT),
        reminders(growth.reminders),
    ]


def speed(steps: Sequence[Step]) -> GoalResult:
    """New orders per second at the last step, in comparison with the first."""
    empty, full = steps[0], steps[-1]
    ratio = full.rate / empty.rate
    return GoalResult(
        f"≥ {SPEED_RATIO} of the new orders per second of an empty system",
        f"{ratio:.2f} ({full.rate:.1f} of {empty.rate:.1f}) with {full.waiting:,} waiting payments",
        ratio >= SPEED_RATIO,
    )


def memory(steps: Sequence[Step], process: str) -> GoalResult:
    """A process's memory at the last step, in comparison with the one before.

    Before that a worker fills its caches, of 1,000 workflows for each of its task queues.
    """
    few, many = steps[-2:]
    grown = many.memory[process] / few.memory[process] - 1
    return GoalResult(
        f"the {process}'s memory is flat (≤ {MEMORY_GROWTH:.0%})",
        f"{grown:+.1%} from {few.waiting:,} to {many.waiting:,} waiting payments",
        many.memory[process] <= few.memory[process] * (1 + MEMORY_GROWTH),
    )


def reminders(result: DueReminders) -> GoalResult:
    """All reminders that fell due at once, by mail."""
    return GoalResult(
        "all reminders that fall due at once are sent",
        f"{result.mailed:,} of {result.due:,} within {result.seconds_to_mail:.0f} s",
        result.mailed == result.recorded == result.due,
    )
