"""Prints the results."""

from collections.abc import Iterable, Mapping, Sequence
from statistics import median

from rich.console import Console
from rich.table import Table

from verification.bench.comparison import Measured
from verification.bench.goals import GoalResult
from verification.bench.histories import Waits
from verification.bench.profiles import Profile
from verification.bench.statistics import percentile
from verification.bench.worker_variant import Variant

PACKAGES = 15
FUNCTIONS = 60
"""The numbers of the most expensive packages and functions that are printed."""


def comparison(console: Console, contenders: Sequence[Measured]) -> None:
    """Print the contenders side by side, with ratios to the first one's orders per second."""
    first = contenders[0]
    table = Table(
        "",
        *(measured.name for measured in contenders),
        title="Orders, by turns (ratio: speed of the first to this one)",
    )
    for column in table.columns[1:]:
        column.justify = "right"
    for number in range(len(first.rates)):
        rates = (_rate(measured.rates[number], first.rates[number]) for measured in contenders)
        table.add_row(f"round {number + 1}: orders per second", *rates)
    table.add_row(
        "median: orders per second", *(f"{median(each.rates):.1f}" for each in contenders)
    )
    table.add_section()
    for process in first.cpu:
        costs = (each.cpu_per_order(process) * 1000 for each in contenders)
        table.add_row(f"CPU per order, {process}", *(f"{cost:.1f} ms" for cost in costs))
    table.add_section()
    steps = [each.steps for each in contenders]
    rows: dict[str, Iterable[float]] = {
        "history events per order": (each.events for each in steps),
        "… workflow tasks": (each.workflow_tasks for each in steps),
        "… local activities": (each.local_activities for each in steps),
        "… regular activities": (each.regular_activities for each in steps),
        "… search attribute updates": (each.search_attribute_updates for each in steps),
    }
    for name, counts in rows.items():
        table.add_row(name, *(f"{count:.1f}" for count in counts))
    console.print(table)


def _rate(rate: float, of: float) -> str:
    return f"{rate:.1f}" if rate == of else f"{rate:.1f} (ratio {of / rate:.2f})"


def posting(console: Console, seconds: Sequence[float]) -> None:
    """Print the time of POST /orders."""
    p50, p99 = (percentile(seconds, percent) * 1000 for percent in (50, 99))
    console.print(f"POST /orders, {len(seconds)} times: p50 {p50:.0f} ms, p99 {p99:.0f} ms")


def memory(console: Console, samples: Sequence[tuple[int, int]]) -> None:
    """Print about ten of the samples."""
    few = samples[:: max(1, len(samples) // 10)]
    text = ", ".join(f"{orders}: {size / 2**20:.0f}" for orders, size in few)
    console.print(f"The worker's memory in MiB, by orders so far: {text}")


def pollers(console: Console, waits: Mapping[Variant, Sequence[Waits]]) -> None:
    """Print how long tasks waited for a worker."""
    table = Table("", "tasks", "p50", "p99", "longest", title="Schedule to start")
    names = {
        Variant.AS_IT_IS: "autoscaling pollers",
        Variant.WITH_DEFAULT_POLLERS: "default pollers",
    }
    for variant, rounds in waits.items():
        for number, result in enumerate(rounds, start=1):
            for kind, seconds in (
                ("workflow tasks", result.workflow_tasks),
                ("activities", result.activities),
            ):
                times = (percentile(seconds, percent) * 1000 for percent in (50, 99, 100))
                title = f"{names[variant]}, round {number}, {kind}"
                table.add_row(title, str(len(seconds)), *(f"{time:.0f} ms" for time in times))
    console.print(table)


def profile(console: Console, profile: Profile, orders: int) -> None:
    """Print the worker's CPU per order, by package and function."""
    console.print(f"The worker's CPU: {profile.total / orders * 1000:.1f} ms per order")
    for title, parts in (
        ("packages, without what they call", profile.packages[:PACKAGES]),
        ("functions, with all that they call", profile.functions[:FUNCTIONS]),
    ):
        table = Table(title, "ms per order", "")
        for name, seconds in parts:
            cost, share = seconds / orders * 1000, seconds / profile.total
            table.add_row(name, f"{cost:.2f}", f"{share:.1%}")
        console.print(table)


def goals(console: Console, results: Iterable[GoalResult]) -> None:
    """Print whether each goal was reached."""
    table = Table("goal", "measured", "", title="Goals")
    for result in results:
        outcome = "[green]reached[/]" if result.reached else "[red]not reached[/]"
        table.add_row(result.goal, result.figure, outcome)
    console.print(table)
