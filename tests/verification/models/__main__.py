"""`python -m tests.verification.models`: thousands of generated payments and of races, beside
their model, and of charges that are searched for.

Exits 1 at the first that differs, and says how to play it again.
"""

import argparse
import asyncio
import logging
import multiprocessing
import secrets
import subprocess
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TypeVar

from dev.temporal_server.server import temporal_server
from tests.verification.models.charge_runs import play_runs
from tests.verification.models.payment_worker import open_worker
from tests.verification.models.schedules import race
from tests.verification.models.search import drawn, play_all, simplest

Played = TypeVar("Played")

say = partial(print, flush=True)

PROCESSES = 2
BATCH = 250
"""Races, or searched charges, that one process runs before it says so."""

SEEDS_APART = 1_000_000
"""Between the seeds of races, or searched charges, of two neighbouring seeds."""


def main() -> int:
    """The exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--programs", type=int, default=2_000, help="on the real server")
    parser.add_argument("--schedules", type=int, default=10_000, help="races, without a server")
    parser.add_argument("--searches", type=int, default=2_000, help="charges that are searched for")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(1_000_000))
    parser.add_argument("--schedule", type=int, help="one race again, by its own seed")
    parser.add_argument("--search", type=int, help="one searched charge again, by its own seed")
    arguments = parser.parse_args()
    if arguments.schedule is not None:
        return _outcome(race([arguments.schedule]))
    if arguments.search is not None:
        return _outcome(play_runs([arguments.search])[0])
    # Declined cards, lost answers and refused requests are what is played.
    logging.disable(logging.CRITICAL)
    git = subprocess.run(["git", "rev-parse", "HEAD"], capture_output=True, text=True, check=False)
    say(f"seed {arguments.seed}, commit {git.stdout.strip() or 'unknown'}")
    first = arguments.seed * SEEDS_APART
    code = 0
    if arguments.schedules:
        code |= _outcome(_race_all(range(first, first + arguments.schedules)))
    if arguments.searches:
        code |= _outcome(_search_all(range(first, first + arguments.searches)))
    if arguments.programs:
        code |= _outcome(asyncio.run(_play(arguments.programs, arguments.seed)))
    return code


def _outcome(failure: str) -> int:
    say(failure, end="")
    return 1 if failure else 0


def _race_all(seeds: range) -> str:
    """What failed, if anything did."""
    return next((failure for failure in _in_batches("races", race, seeds) if failure), "")


def _search_all(seeds: range) -> str:
    """What failed, if anything did; says what was played."""
    played = Counter[str]()
    for failure, of_batch in _in_batches("searches", play_runs, seeds):
        if failure:
            return failure
        played += of_batch
    say(", ".join(f"{what}: {number:,}" for what, number in sorted(played.items())))
    return ""


def _in_batches(
    what: str, play: Callable[[Sequence[int]], Played], seeds: range
) -> Generator[Played]:
    """What came of each batch, in several processes; whoever has enough may stop."""
    with _timed(what, len(seeds)) as report:
        context = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(PROCESSES, mp_context=context) as processes:
            batches = [seeds[begin : begin + BATCH] for begin in range(0, len(seeds), BATCH)]
            try:
                for batch, result in zip(batches, processes.map(play, batches), strict=True):
                    yield result
                    report(batch.stop - seeds.start)
            finally:
                processes.shutdown(cancel_futures=True)


async def _play(number: int, seed: int) -> str:
    """What failed, if anything did."""
    with tempfile.TemporaryDirectory() as folder, temporal_server(Path(folder)) as server:
        async with open_worker(server.address, Path(folder)) as worker_under_test:
            with _timed("programs", number) as report:
                failed = await play_all(worker_under_test, drawn(number, seed), report=report)
            if not failed:
                return ""
            say(f"{len(failed)} failed; looking for a simple one …")
            try:
                await simplest(worker_under_test, number, seed, failed)
            except AssertionError:
                return traceback.format_exc()
    raise RuntimeError("what failed once did not fail again")


@contextmanager
def _timed(what: str, number: int) -> Generator[Callable[[int], None]]:
    begun = time.monotonic()

    def report(played: int) -> None:
        if played % max(1, number // 10) == 0 or played == number:
            seconds = time.monotonic() - begun
            say(f"{what}: {played:,} of {number:,} after {seconds:.0f} s")

    yield report


if __name__ == "__main__":
    sys.exit(main())
