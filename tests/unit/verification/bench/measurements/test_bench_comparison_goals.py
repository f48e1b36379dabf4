from dataclasses import replace

import pytest

from verification.bench.instruments.histories import Steps
from verification.bench.measurements import comparison_goals
from verification.bench.measurements.comparison import Measured
from verification.bench.measurements.comparison_goals import Results, judge
from verification.bench.measurements.goals import GoalResult

BARE = Measured("bare", rates=[20.0], cpu={"worker": [30.0]}, starts=[[10.0]])
PEER = Measured(
    "peer",
    rates=[15.0],
    cpu={"worker": [12.0], "API": [8.0], "Temporal server": [80.0]},
    starts=[[10.0]],
)
PAYMENTS = Measured("payments", rates=[25.0])
GOOD = Measured(
    "system",
    rates=[18.0],
    cpu={"worker": [37.5], "API": [6.0], "Temporal server": [52.0], "mailer": [2.0]},
    starts=[[13.0]],
    steps=Steps(events=50),
)
"""Just good enough."""

RESULTS = Results(GOOD, BARE, PAYMENTS, PEER)


def judged(results: Results, part: str) -> GoalResult:
    [found] = [result for result in judge(results) if part in result.goal]
    return found


def missed(results: Results) -> list[str]:
    return [result.goal for result in judge(results) if result.reached is False]


def test_figures_at_the_limits_reach_all_goals() -> None:
    assert [result.reached for result in judge(RESULTS)] == [True] * 9


@pytest.mark.parametrize(
    ("worse", "goals"),
    [
        ({"rates": [17.9]}, ["the Go application's orders", "the bare workflow's orders"]),
        ({"cpu": GOOD.cpu | {"worker": [37.6]}}, ["the worker's CPU"]),
        ({"cpu": GOOD.cpu | {"mailer": [2.2]}}, ["the mailer's CPU"]),
        ({"cpu": GOOD.cpu | {"Temporal server": [52.1]}}, ["the Temporal server's CPU"]),
        ({"cpu": GOOD.cpu | {"API": [6.1]}}, ["the API's CPU"]),
        ({"starts": [[1.0, 13.1]]}, ["POST /orders, p99"]),
        ({"steps": Steps(events=50.1)}, ["50 history events"]),
    ],
)
def test_a_worse_figure_misses_its_goals_and_no_other(
    worse: dict[str, object], goals: list[str]
) -> None:
    results = replace(RESULTS, system=replace(GOOD, **worse))  # pyright: ignore[reportArgumentType]
    assert len(missed(results)) == len(goals)
    assert all(judged(results, goal).reached is False for goal in goals)


def test_too_few_payments_per_second_miss_their_goal() -> None:
    [goal] = missed(replace(RESULTS, payments=Measured("payments", rates=[24.9])))
    assert "25 payments per second" in goal


def test_without_the_go_application_its_goals_are_not_measured() -> None:
    results = judge(replace(RESULTS, peer=None))
    not_measured = [result for result in results if result.reached is None]
    assert [result.figure for result in not_measured] == ["not measured"] * 3
    assert all("Go application" in result.goal for result in not_measured)
    assert len(results) == len(judge(RESULTS))


def test_the_median_round_decides() -> None:
    bare = replace(BARE, rates=[20.0, 10.0, 20.0])
    system = replace(GOOD, rates=[17.0, 8.0, 19.0])  # 0.85, 0.80, 0.95
    result = comparison_goals.speed(system, bare)
    assert result.reached is False
    assert result.figure == "0.85 (3 rounds, 0.80 to 0.95): 17.0/s and 20.0/s"
