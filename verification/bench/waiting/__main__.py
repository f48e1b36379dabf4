"""`python -m verification.bench.waiting`: measures how cost grows with payments that wait.

Starts the whole stack on free ports in a temporary folder. Exits with 0 if the measurement is
valid: goals are reported, not enforced. It is not valid if the audit or the replay finds anything.
"""

import argparse
import asyncio
import sys
from pathlib import Path

from rich.console import Console

from config.arguments import whole_number
from dev.stack import Stack
from verification.bench.command import exit_code
from verification.bench.errors import InvalidMeasurementError
from verification.bench.measurements import report
from verification.bench.waiting import growth_goals, growth_report
from verification.bench.waiting.growth import Growth
from verification.bench.waiting.run import Options, run

SETTINGS = {"DEVELOPMENT_MODE": "false"}
"""In development mode the API reads the clock of each payment that it lists from Temporal."""

LEAST_PAYMENTS = 20
MOST_PAYMENTS = 1_000_000
MOST_ORDERS = 1_000_000


def main() -> int:
    """Run the command; returns the exit code."""
    given = _parser().parse_args()
    options = Options(given.payments, given.orders, given.rounds, given.concurrency)
    return exit_code("bench-waiting", lambda folder: _measure(options, folder, given.output))


def _measure(options: Options, folder: Path, output: Path | None) -> None:
    """Print how cost grows, and write it to `output`; raises as `check` does."""
    with Stack(folder, environment=SETTINGS) as stack:
        growth = asyncio.run(run(stack, options))
    if output:
        growth_report.write(growth, output)
    console = Console()
    growth_report.show(growth, console)
    report.goals(console, growth_goals.results(growth))
    check(growth)


def check(growth: Growth) -> None:
    """Raises InvalidMeasurementError if an audit or the replay found something."""
    audits = [*(step.audit for step in growth.steps), growth.audit]
    for name, processes in (("audit", audits), ("replay", [growth.replay])):
        if any(process.status for process in processes):
            raise InvalidMeasurementError(f"The {name} found something: see {name}.log.")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m verification.bench.waiting",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    parser.add_argument(
        "--payments",
        type=whole_number(LEAST_PAYMENTS, MOST_PAYMENTS),
        default=20_000,
        help="payments that wait in the end",
    )
    parser.add_argument(
        "--orders",
        type=whole_number(1, MOST_ORDERS),
        default=300,
        help="new orders of each step, in all rounds",
    )
    parser.add_argument(
        "--rounds", type=whole_number(1, 100), default=3, help="rounds of new orders of each step"
    )
    parser.add_argument(
        "--concurrency", type=whole_number(1, 1000), default=20, help="orders under way at any time"
    )
    parser.add_argument("--output", type=Path, help="file to write all figures to, as JSON")
    return parser


if __name__ == "__main__":
    sys.exit(main())
