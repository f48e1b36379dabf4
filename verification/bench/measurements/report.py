"""Prints the results."""

from collections.abc import Iterable, Mapping, Sequence
from statistics import median

from rich.console import Console
from rich.table import Table

from verification.bench.contenders.worker_variant import Variant
from verification.bench.instruments.histories import Waits
from verification.bench.instruments.profiles import Profile
from verification.bench.instruments.statistics import percentile
from verification.bench.measurements.comparison import Measured
from verification.bench.measurements.goals import GoalResult

PACKAGES = 15
FUNCTIONS = 60
"""The numbers of the most expensive packages and functions that are printed."""

OUTCOMES = {True: "[green]reached[/]", False: "[red]not reached[/]", None: ""}


def comparison(console: Console, contenders: Sequence[Measured]) -> None:
    """Print the contenders side by side, with ratios of the first one's speed to the others'."""
    first = contenders[0]
    table = Table("", *(measured.name for measured in contenders), title="Orders, by turns")
    for column in table.columns[1:]:
        column.justify = "right"
    for number in range(len(first.rates)):
        rates = (f"{measured.rates[number]:.1f}" for measured in contenders)
        table.add_row(f"orders/s, round {number + 1}", *rates)
    table.add_row("… median", *(f"{median(each.rates):.1f}" for each in contenders))
    table.add_row(
        "ratio of speeds, median",
        *(f"{median(first.ratios_to(each)):.2f}" for each in contenders),
    )
    table.add_section()
    for process in first.cpu:
        costs = (each.cpu.get(process) for each in contenders)
        table.add_row(
            f"CPU/order, {process}",
            *("" if cost is None else f"{median(cost):.1f} ms" for cost in costs),
        )
    for percent in (50, 99):
        times = (median(percentile(each, percent) for each in e.starts) for e in contenders)
        table.add_row(f"until accepted, p{percent}", *(f"{time:.0f} ms" for time in times))
    table.add_section()
    steps = [each.steps for each in contenders]
    rows: dict[str, Iterable[float]] = {
        "events/order": (each.events for each in steps),
        "… workflow tasks": (each.workflow_tasks for each in steps),
        "… local activities": (each.local_activities for each in steps),
        "… regular activities": (each.regular_activities for each in steps),
        "… search attribute updates": (each.search_attribute_updates for each in steps),
    }
    for name, counts in rows.items():
        table.add_row(name, *(f"{count:.1f}" for count in counts))
    console.print(table)


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
        table.add_row(result.goal, result.figure, OUTCOMES[result.reached])
    console.print(table)
