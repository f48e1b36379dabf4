"""`python -m verification.bench`: compares the system with bare workflows of the same shape.

With `--peer`, also with the Go application temporalio/reference-app-orders-go, built in that folder
by `go build -o oms ./cmd/oms`. Starts the whole stack on free ports in a temporary folder. Exits
with 0 if the measurement is valid: goals are reported, not enforced.
"""

import argparse
import asyncio
import os
import platform
import sys
from pathlib import Path

from rich.console import Console

from config.arguments import whole_number
from dev.stack import Stack
from domain.statuses import OrderPolicy
from verification.bench import database
from verification.bench.command import exit_code
from verification.bench.contenders import peer
from verification.bench.instruments import profiler
from verification.bench.instruments.progress_bar import Progress
from verification.bench.measurements import goals, report, web_page
from verification.bench.measurements.workers import MEMORY_INTERVAL
from verification.bench.run import Options, run
from verification.chaos.databases import Kind
from verification.chaos.report import commit

MOST_ORDERS = 1_000_000
LEAST_MEMORY_ORDERS = 4 * MEMORY_INTERVAL


def main() -> int:
    """Run the command; returns the exit code."""
    options = _options()
    console = Console()
    console.print(_conditions(options.database), highlight=False)
    return exit_code("bench", lambda folder: _measure(options, folder, console))


def _measure(options: Options, folder: Path, console: Console) -> None:
    """Print what `options` request."""
    with (
        database.running(options.database, folder) as measured_database,
        Stack(folder, environment=measured_database.settings) as stack,
    ):
        asyncio.run(run(stack, options, measured_database.pids, console))
        if options.page_orders:
            existing = web_page.WAITING_ORDERS + options.orders + options.memory_orders
            figures = web_page.measure(stack, min(options.page_orders, existing), Progress())
            report.goals(console, goals.page(figures))


def _conditions(kind: Kind) -> str:
    """What the figures depend on; a load above some tenths makes them worthless."""
    machine = f"{os.cpu_count()} processors ({platform.machine()}), load {os.getloadavg()[0]:.1f}"
    interpreter = f"Python {platform.python_version()} ({os.path.realpath(sys.executable)})"
    return f"Commit {commit()}, {kind}, {machine}, {interpreter}"


def _program_folder(text: str) -> Path:
    """Of the Go application; raises `ArgumentTypeError` without its program."""
    folder = Path(text)
    if not os.access(folder / peer.PROGRAM, os.X_OK):
        message = f"{text!r} must be a folder with the program {peer.PROGRAM}"
        raise argparse.ArgumentTypeError(message)
    return folder


def _options() -> Options:
    parser = argparse.ArgumentParser(
        prog="python -m verification.bench", formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    add, orders = parser.add_argument, whole_number(0, MOST_ORDERS)
    add(
        "--orders",
        type=orders,
        default=1000,
        help="orders of each contender, in all rounds; 0: none",
    )
    add(
        "--rounds",
        type=whole_number(1, 100),
        default=5,
        help="rounds in which the contenders take turns",
    )
    add(
        "--concurrency", type=whole_number(1, 1000), default=20, help="orders under way at any time"
    )
    add("--policy", type=OrderPolicy, default=OrderPolicy.CHARGE_FIRST, choices=list(OrderPolicy))
    add(
        "--database",
        type=Kind,
        choices=list(Kind),
        default=Kind.SQLITE,
        help="database of the system; Temporal's is SQLite",
    )
    add("--peer", type=_program_folder, metavar="FOLDER", help="folder of the Go application")
    add(
        "--memory-orders",
        type=orders,
        default=2000,
        help="orders during which memory is measured; 0: none",
    )
    add(
        "--sandbox-orders",
        type=orders,
        default=300,
        help="orders with and without the sandbox, in all rounds; 0: none",
    )
    add("--page-orders", type=orders, default=1000, help="orders listed in a browser; 0: no page")
    add("--poller-orders", type=orders, default=0, help="orders with each kind of pollers; 0: none")
    add(
        "--profile-orders",
        type=orders,
        default=0,
        help="orders for a profile of the worker's CPU; 0: none",
    )
    options = Options(**vars(parser.parse_args()))
    if options.page_orders and (problem := web_page.missing()):
        parser.error(f"--page-orders: {problem}, or leave the page out with --page-orders 0")
    if 0 < options.memory_orders < LEAST_MEMORY_ORDERS:
        parser.error(f"--memory-orders: a trend needs at least {LEAST_MEMORY_ORDERS}")
    if options.profile_orders and not profiler.IS_SUPPORTED:
        parser.error("--profile-orders: needs Python 3.11, newer ones profile one thread only")
    return options


if __name__ == "__main__":
    sys.exit(main())
