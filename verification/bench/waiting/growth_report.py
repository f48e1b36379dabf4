"""Prints how cost grows, and writes it as JSON."""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from statistics import median

from rich.console import Console
from rich.table import Table

from verification.bench.instruments.processes import Finished
from verification.bench.waiting.growth import Growth, Opening, Step

EXTRAPOLATED = (100_000, 1_000_000)
"""Waiting payments."""

MIB, GIB = 2**20, 2**30


def write(growth: Growth, file: Path) -> None:
    """Write all figures as a JSON object: seconds and bytes, by the names of `growth`."""
    file.write_text(json.dumps(asdict(growth), indent=2) + "\n", encoding="utf-8")


def show(growth: Growth, console: Console) -> None:
    """Print the steps side by side, the reminders and the replay, and what more payments take."""
    console.print(_steps(growth.steps))
    console.print(_openings(growth.openings))
    _reminders(growth, console)
    console.print(_extrapolation(growth))


def _steps(steps: Sequence[Step]) -> Table:
    table = _table("How cost grows with payments that wait", *(step.waiting for step in steps))

    def row(name: str, figure: Callable[[Step], float]) -> None:
        table.add_row(name, *(f"{figure(step):,.1f}" for step in steps))

    row("new orders per second", lambda step: step.rate)
    row("POST /orders, p99, ms", lambda step: step.post_p99 * 1000)
    for name in steps[0].requests:
        row(f"{name}, ms", lambda step, name=name: median(step.requests[name]) * 1000)
    row("audit, s", lambda step: step.audit.seconds)
    row("audit: most memory, MiB", lambda step: step.audit.memory / MIB)
    table.add_section()
    for name in steps[0].memory:
        row(f"{name}: memory, MiB", lambda step, name=name: step.memory[name] / MIB)
    table.add_section()
    for name in steps[0].cpu_at_rest:
        row(f"{name}: CPU at rest, %", lambda step, name=name: step.cpu_at_rest[name] * 100)
    return table


def _openings(openings: Sequence[Opening]) -> Table:
    table = _table("Of each payment opened", *(opening.payments for opening in openings))
    speeds = (opening.payments / opening.seconds for opening in openings)
    table.add_row("opened per second", *(f"{speed:.1f}" for speed in speeds))
    for part in openings[0].bytes_each():
        sizes = (opening.bytes_each()[part] for opening in openings)
        table.add_row(f"bytes, {part}", *(f"{size:,.0f}" for size in sizes))
    return table


def _finished(process: Finished) -> str:
    """Also its exit status, if that is not 0."""
    status = f", exit status {process.status}" if process.status else ""
    return f"{process.seconds:.1f} s, {process.memory / MIB:.0f} MiB{status}"


def _table(title: str, *counts: int) -> Table:
    """A table with a column for each number of payments."""
    table = Table("payments", title=title)
    for count in counts:
        table.add_column(f"{count:,}", justify="right")
    return table


def _reminders(growth: Growth, console: Console) -> None:
    result = growth.reminders
    orders = result.seconds_of_orders
    when = f"within {result.late:.0f} s" if result.late else "at once"
    console.print(
        f"{result.due:,} reminders fell due {when}: {result.recorded:,} recorded after "
        f"{result.seconds_to_record:.1f} s, {result.mailed:,} mailed after "
        f"{result.seconds_to_mail:.1f} s.\n"
        f"New orders meanwhile: {len(orders):,}, {result.rate:.1f} per second; they took "
        f"{median(orders):.1f} s, {max(orders):.1f} s at the longest.\n"
        f"The audit after that: {_finished(growth.audit)}.\n"
        f"The replay of all open workflows: {_finished(growth.replay)}.",
        highlight=False,
    )


def _extrapolation(growth: Growth) -> Table:
    last, reminders = growth.steps[-1], growth.reminders
    table = _table("In proportion to the last step", *EXTRAPOLATED)
    for part, size in growth.openings[-1].bytes_each().items():
        table.add_row(f"GiB, {part}", *(f"{size * count / GIB:.1f}" for count in EXTRAPOLATED))
    minutes = {
        "audit": last.audit.seconds,
        "replay of all open workflows": growth.replay.seconds,
        f"reminders of one in {last.waiting // reminders.due}": reminders.seconds_to_mail,
    }
    for name, seconds in minutes.items():
        each = seconds / last.waiting / 60
        table.add_row(f"minutes, {name}", *(f"{each * count:,.0f}" for count in EXTRAPOLATED))
    return table
