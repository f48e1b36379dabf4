"""`python -m verification.replay`: replays workflows of the configured Temporal under this code.

All open orders, payments, refunds and card updates, and the last closed ones of each. Exits with 0
if all are as recorded, with 1 if any deviates (one line each), and with 2 if a setting is invalid
or Temporal can't be read. Reads only; settings are those of the workers, see `config`.
"""

import argparse
import asyncio
import logging
import sys
from dataclasses import dataclass

from temporalio.service import RPCError

from config import Settings, read_settings
from config.arguments import whole_number
from temporal.client import check_settings, connect
from temporal.runtime import own_runtime
from verification.replay.deviations import EVERY, TYPES, replay
from verification.replay.selection import Selection

AS_RECORDED, DEVIATIONS, UNREADABLE = 0, 1, 2
CLOSED = 100
REPORTED_EVERY = 100
"""Executions."""


@dataclass
class Counts:
    """What was replayed so far."""

    replayed: int = 0
    deviations: int = 0


def main(arguments: list[str] | None = None) -> int:
    """Run the command; returns the exit status."""
    given = _parser().parse_args(arguments)
    try:
        settings = read_settings()
        check_settings()
    except SystemExit as refusal:
        sys.stderr.write(f"{refusal}\n")
        return UNREADABLE
    try:
        counts = asyncio.run(_replay(settings, given.closed))
    except (RPCError, RuntimeError) as error:
        sys.stderr.write(f"Cannot read Temporal: {error}\n")
        return UNREADABLE
    print(f"{counts.deviations} of {counts.replayed} executions deviate")
    return DEVIATIONS if counts.deviations else AS_RECORDED


async def _replay(settings: Settings, closed: int) -> Counts:
    runtime = own_runtime()
    client = await connect(settings.payload_keys, settings.payloads_accepted, runtime=runtime)
    selection = Selection(TYPES, closed)
    total, counts = await selection.count_open(client), Counts()
    async for one in replay(client, selection.read(client), runtime):
        counts.replayed += 1
        if one.deviation:
            counts.deviations += 1
            print(one, flush=True)
        if counts.replayed % REPORTED_EVERY == 0:
            of = f"of {total} open ones" if counts.replayed <= total else "with closed ones"
            print(f"{counts.replayed} {of}", file=sys.stderr)
    return counts


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, prog="python -m verification.replay")
    parser.add_argument(
        "--closed",
        type=whole_number(0, EVERY),
        default=CLOSED,
        help="how many closed ones of each workflow type, the last first (default: %(default)s)",
    )
    return parser


if __name__ == "__main__":
    # What the SDK says of a signal or a failure again was said by the worker.
    logging.getLogger("temporalio").setLevel(logging.CRITICAL)
    sys.exit(main())
