"""The goals that compare the system with a bare workflow and the Go application."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from verification.bench.instruments.statistics import percentile
from verification.bench.measurements.comparison import Measured
from verification.bench.measurements.goals import GoalResult
from verification.bench.measurements.stack_processes import API, MAILER, SERVER, WORKER

SPEED_TO_PEER = 1.2
SPEED_TO_BARE = 0.9
"""Of the other's orders per second, at least; the bare workflow with regular activities."""

WORKER_TO_BARE = 1.25
MAILER_TO_BARE = 0.07
SERVER_TO_PEER = 0.65
API_TO_PEER = 0.75
"""Of the other's CPU per order, at the most; the mailer's of the bare worker's, which stays."""

START_TO_BARE = 1.3
"""Of the time in which Temporal starts a bare workflow, at the most."""

MOST_STARTS = 99
"""Percent of the orders that are accepted in that time."""

PAYMENTS_PER_SECOND = 25
"""At least."""

EVENTS = 50
"""In the histories of a paid order and its payment together, at the most."""

PEER_SPEED = f"≥ {SPEED_TO_PEER} times the Go application's orders per second"
PEER_SERVER = f"the Temporal server's CPU: ≤ {SERVER_TO_PEER} times that for the Go application"
PEER_API = f"the API's CPU: ≤ {API_TO_PEER} times that of the Go application's API"


@dataclass(frozen=True)
class Results:
    """Of the contenders; `peer` is None if the Go application was not there."""

    system: Measured
    bare: Measured
    payments: Measured
    peer: Measured | None = None


def judge(results: Results) -> list[GoalResult]:
    """All goals of the comparison."""
    ours, bare = results.system, results.bare
    return [
        *_beside_peer(ours, results.peer),
        speed(ours, bare),
        _at_most(
            f"the worker's CPU: ≤ {WORKER_TO_BARE} times the bare worker's",
            *(WORKER_TO_BARE, ours.cpu[WORKER], bare.cpu[WORKER], " ms"),
        ),
        _at_most(
            f"the mailer's CPU: ≤ {MAILER_TO_BARE} times the bare worker's",
            *(MAILER_TO_BARE, ours.cpu[MAILER], bare.cpu[WORKER], " ms"),
        ),
        _at_most(
            f"POST /orders, p{MOST_STARTS}: ≤ {START_TO_BARE} times that of start_workflow",
            *(START_TO_BARE, _slow_starts(ours), _slow_starts(bare), " ms"),
        ),
        _payments(results.payments.rates),
        _history(ours.steps.events),
    ]


def speed(ours: Measured, bare: Measured) -> GoalResult:
    """In comparison with the bare workflow."""
    return _at_least(
        f"≥ {SPEED_TO_BARE} times the bare workflow's orders per second",
        *(SPEED_TO_BARE, ours.rates, bare.rates, "/s"),
    )


def _beside_peer(ours: Measured, peer: Measured | None) -> list[GoalResult]:
    if peer is None:
        return [
            GoalResult(goal, "not measured", None) for goal in (PEER_SPEED, PEER_SERVER, PEER_API)
        ]
    return [
        _at_least(PEER_SPEED, SPEED_TO_PEER, ours.rates, peer.rates, "/s"),
        _at_most(PEER_SERVER, SERVER_TO_PEER, ours.cpu[SERVER], peer.cpu[SERVER], " ms"),
        _at_most(PEER_API, API_TO_PEER, ours.cpu[API], peer.cpu[API], " ms"),
    ]


def _slow_starts(measured: Measured) -> list[float]:
    """Milliseconds, of each round."""
    return [percentile(starts, MOST_STARTS) for starts in measured.starts]


def _payments(rates: Sequence[float]) -> GoalResult:
    middle = median(rates)
    return GoalResult(
        f"≥ {PAYMENTS_PER_SECOND} payments per second without an order",
        f"{middle:.1f} {_rounds(rates, 1)}",
        middle >= PAYMENTS_PER_SECOND,
    )


def _history(events: float) -> GoalResult:
    return GoalResult(
        f"≤ {EVENTS} history events per paid order", f"{events:.1f}", events <= EVENTS
    )


def _at_least(
    goal: str, limit: float, ours: Sequence[float], theirs: Sequence[float], unit: str
) -> GoalResult:
    ratio, figure = _ratio(ours, theirs, unit)
    return GoalResult(goal, figure, ratio >= limit)


def _at_most(
    goal: str, limit: float, ours: Sequence[float], theirs: Sequence[float], unit: str
) -> GoalResult:
    ratio, figure = _ratio(ours, theirs, unit)
    return GoalResult(goal, figure, ratio <= limit)


def _ratio(ours: Sequence[float], theirs: Sequence[float], unit: str) -> tuple[float, str]:
    """The median of the rounds' ratios, and what is printed about it."""
    ratios = [mine / other if other else math.inf for mine, other in zip(ours, theirs, strict=True)]
    values = f"{median(ours):.1f}{unit} and {median(theirs):.1f}{unit}"
    return median(ratios), f"{median(ratios):.2f} {_rounds(ratios, 2)}: {values}"


def _rounds(values: Sequence[float], digits: int) -> str:
    spread = f"{min(values):.{digits}f} to {max(values):.{digits}f}"
    return f"({len(values)} rounds, {spread})"
