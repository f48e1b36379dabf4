"""`python -m verification.chaos`: plays a plan of orders and faults on a stack of its own, and
audits it.

The same seed and number of orders play the same plan. Exits with 0 if every order ended and the
audit found no breach, with 1 otherwise; the logs are kept then.
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

from dev.stack import StackError
from verification.chaos import databases
from verification.chaos.plan import make_plan
from verification.chaos.report import commit
from verification.chaos.run import run

LARGEST_SEED = 10**6


@dataclass(frozen=True)
class Options:
    """What to play, on what, with which worker."""

    seed: int
    orders: int
    database: databases.Kind
    worker: str


def main() -> int:
    """The command line; returns the exit code."""
    options = _options()
    played = (
        f"seed {options.seed}, {options.orders} orders, {options.database}, commit {commit()}"
        + (f", worker {options.worker}" if options.worker != "worker.py" else "")
    )
    print(f"Chaos: {played}", flush=True)
    folder = Path(tempfile.mkdtemp(prefix="chaos-"))
    began = time.monotonic()
    try:
        with databases.database(options.database, folder) as database:
            plan = make_plan(options.seed, options.orders)
            breaches = asyncio.run(
                run(plan, folder, database, shlex.split(options.worker), Console())
            )
    except (StackError, databases.NotPossibleError) as error:
        breaches = [str(error)]
    except KeyboardInterrupt:
        shutil.rmtree(folder)
        return 130
    except Exception as error:  # noqa: BLE001  of whatever broke the run, what is left is said
        traceback.print_exc()
        breaches = [f"the run broke off: {error!r}"]
    minutes, seconds = divmod(round(time.monotonic() - began), 60)
    print(f"Played in {minutes} min {seconds} s: {played}")
    if not breaches:
        print("Sound: every order ended, and the audit found no breach.")
        with suppress(FileNotFoundError):
            shutil.rmtree(folder)
        return 0
    for breach in breaches:
        print(f"BREACH: {breach}", file=sys.stderr)
    again = f"make chaos SEED={options.seed} ORDERS={options.orders} DATABASE={options.database}"
    print(f"Logs and data stay in {folder}. To play it again: {again}", file=sys.stderr)
    return 1


def _options() -> Options:
    parser = argparse.ArgumentParser(
        prog="python -m verification.chaos", formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    add = parser.add_argument
    add("--seed", type=int, default=secrets.randbelow(LARGEST_SEED), help="of the plan")
    add("--orders", type=int, default=3000, help="to place, payments without an order included")
    add(
        "--database",
        type=databases.Kind,
        choices=list(databases.Kind),
        default=databases.Kind.default(),
        help="that the system runs on",
    )
    add("--worker", default="worker.py", help="what python is given to run as the worker")
    return Options(**vars(parser.parse_args()))


if __name__ == "__main__":
    sys.exit(main())
