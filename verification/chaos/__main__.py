"""`python -m verification.chaos`: runs a plan of orders and faults on its own stack and audits it.

The same seed and number of orders give the same plan. Exits with 0 if every order ended and the
audit found no violation; otherwise with 1, and the logs are kept.
"""

import argparse
import asyncio
import secrets
import shlex
import shutil
import sys
import tempfile
import time
import traceback
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from config.arguments import whole_number
from dev.stack import StackError
from verification.chaos import databases
from verification.chaos.plan import make_plan
from verification.chaos.report import commit
from verification.chaos.run import run

LARGEST_SEED = 10**6
LARGEST_GIVEN_SEED = 2**63 - 1
MOST_ORDERS = 1_000_000


@dataclass(frozen=True)
class Options:
    """The plan to run, the database to run it on, and the worker."""

    seed: int
    orders: int
    database: databases.Kind
    worker: list[str]


def main() -> int:
    """Run the command; returns the exit code."""
    options = _options()
    title = (
        f"seed {options.seed}, {options.orders} orders, {options.database}, commit {commit()}"
        + (f", worker {shlex.join(options.worker)}" if options.worker != ["worker.py"] else "")
    )
    print(f"Chaos: {title}", flush=True)
    folder = Path(tempfile.mkdtemp(prefix="chaos-"))
    began = time.monotonic()
    try:
        with databases.database(options.database, folder) as database:
            plan = make_plan(options.seed, options.orders)
            violations = asyncio.run(run(plan, folder, database, options.worker, Console()))
    except (StackError, databases.UnsupportedFaultError) as error:
        violations = [str(error)]
    except KeyboardInterrupt:
        shutil.rmtree(folder)
        return 130
    except Exception as error:  # noqa: BLE001  reported like a violation
        traceback.print_exc()
        violations = [f"the run was aborted: {error!r}"]
    minutes, seconds = divmod(round(time.monotonic() - began), 60)
    print(f"Finished in {minutes} min {seconds} s: {title}")
    if not violations:
        print("Consistent: every order ended, and the audit found no violation.")
        with suppress(FileNotFoundError):
            shutil.rmtree(folder)
        return 0
    for violation in violations:
        print(f"VIOLATION: {violation}", file=sys.stderr)
    command = f"make chaos SEED={options.seed} ORDERS={options.orders} DATABASE={options.database}"
    print(f"Logs and data are in {folder}. To run the plan again: {command}", file=sys.stderr)
    return 1


def _options() -> Options:
    parser = argparse.ArgumentParser(
        prog="python -m verification.chaos", formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    add = parser.add_argument
    add(
        "--seed",
        type=whole_number(0, LARGEST_GIVEN_SEED),
        default=secrets.randbelow(LARGEST_SEED),
        help="seed of the plan",
    )
    add(
        "--orders",
        type=whole_number(1, MOST_ORDERS),
        default=3000,
        help="number of orders to place, including payments without an order",
    )
    add(
        "--database",
        type=databases.Kind,
        choices=list(databases.Kind),
        default=databases.Kind.default(),
        help="database that the system runs on",
    )
    add(
        "--worker",
        type=_words,
        default="worker.py",
        help="arguments of python that start the worker",
    )
    return Options(**vars(parser.parse_args()))


def _words(text: str) -> list[str]:
    """As a shell divides them, at least one; raises `ArgumentTypeError`."""
    try:
        words = shlex.split(text)
    except ValueError as error:
        message = f"{text!r} must be arguments of python: {error}"
        raise argparse.ArgumentTypeError(message) from error
    if not words:
        message = f"{text!r} must be arguments of python"
        raise argparse.ArgumentTypeError(message)
    return words


if __name__ == "__main__":
    sys.exit(main())
