"""The goals of the worker's sandbox and memory, and of the page, and whether they were reached."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from verification.bench.instruments.statistics import growth_in_second_half, percentile
from verification.bench.measurements.web_page import PageFigures

SANDBOX_SHARE = 0.10
"""Of the worker's CPU, at the most."""

MEMORY_GROWTH = 0.02
"""Of the worker's memory, over the second half of the orders, at the most: more is not flat."""

FIRST_PAINT = 1000
"""Milliseconds, at the most."""

EVENT_SHOWN = 300
"""Milliseconds after its moment, at the most."""

MOST_EVENTS = 95
"""Percent of the events that are to be shown so soon."""

STALL = 200
"""Milliseconds for which the page may block, at the most, while orders are listed."""


@dataclass(frozen=True)
class GoalResult:
    """A goal, the figure that was measured, and whether it is good enough; None: not measured."""

    goal: str
    figure: str
    reached: bool | None


def sandbox(shares: Sequence[float]) -> GoalResult:
    """`shares` of the worker's CPU that the sandbox costs, one for each round."""
    middle = median(shares)
    spread = f"{min(shares):.1%} to {max(shares):.1%}"
    return GoalResult(
        f"the sandbox costs ≤ {SANDBOX_SHARE:.0%} of the worker's CPU",
        f"{middle:.1%} ({len(shares)} rounds: {spread})",
        middle <= SANDBOX_SHARE,
    )


def memory(samples: Sequence[tuple[int, int]]) -> GoalResult:
    """`samples` of (orders so far, bytes of memory)."""
    slope = growth_in_second_half(samples)
    (first, _), (last, size) = samples[len(samples) // 2], samples[-1]
    growth = slope * (last - first) / size
    return GoalResult(
        f"the worker's memory is flat (≤ {MEMORY_GROWTH:.0%}) over {last} orders",
        f"{slope / 1024:+.2f} KiB per order, {growth:+.1%} from order {first} to {last}",
        growth <= MEMORY_GROWTH,
    )


def page(figures: PageFigures) -> Sequence[GoalResult]:
    """The times that people wait for in the browser."""
    paint, lag = median(figures.first_paints), percentile(figures.lags, MOST_EVENTS)
    return [
        GoalResult(
            f"first paint within {FIRST_PAINT} ms",
            f"{paint:.0f} ms ({len(figures.first_paints)} visits, "
            f"up to {max(figures.first_paints):.0f})",
            paint <= FIRST_PAINT,
        ),
        GoalResult(
            f"{MOST_EVENTS}% of events are shown within {EVENT_SHOWN} ms after they are committed",
            f"{lag:.0f} ms ({len(figures.lags)} events, {median(figures.lags):.0f} in the middle, "
            f"up to {max(figures.lags):.0f})",
            lag <= EVENT_SHOWN,
        ),
        GoalResult(
            f"orders are listed without a stall of {STALL} ms",
            f"{figures.longest_task:.0f} ms at the longest, of {figures.listed} orders",
            figures.longest_task <= STALL,
        ),
    ]
