"""Draws programs, plays them, and looks for a simple one that shows what is wrong."""

import asyncio
import time
from collections.abc import Callable, Sequence

from hypothesis import HealthCheck, Phase, given, seed, settings

from tests.verification.models.payment_worker import AT_ONCE, WorkerUnderTest
from tests.verification.models.programs import Program, programs
from tests.verification.models.runner import play

TIMEOUT_SECONDS = 120.0
"""Longer than the server needs to notice that an activity was lost on its way to the worker, also
on a busy machine: only what fails takes so long.
"""

BRIEF_TIMEOUT_SECONDS = 3.0
SIMPLIFYING_SECONDS = 60.0
"""For each program, and for all, that are played to find a simpler one that fails."""


def drawn(number: int, seed_: int) -> list[Program]:
    """So many different programs, the same for the same seed.

    Raises AssertionError if there are fewer.
    """
    found: dict[Program, None] = {}
    _draw(number, seed_, found.setdefault, [Phase.generate])
    assert len(found) >= number, f"only {len(found)} different programs of {number}"
    return list(found)[:number]


async def play_all(
    worker_under_test: WorkerUnderTest,
    programs: Sequence[Program],
    *,
    timeout_seconds: float = TIMEOUT_SECONDS,
    report: Callable[[int], None] = lambda _played: None,
) -> dict[Program, AssertionError]:
    """Those that failed, and how; after the first of them no other is begun.

    `report` is called with the number played.
    """
    slots = asyncio.Semaphore(AT_ONCE)
    failed: dict[Program, AssertionError] = {}
    played = 0

    async def play_one(program: Program) -> None:
        nonlocal played
        async with slots:
            if failed:
                return
            try:
                await play(worker_under_test, program, timeout_seconds)
            except AssertionError as error:
                failed[program] = error
        played += 1
        report(played)

    await asyncio.gather(*map(play_one, programs))
    return failed


async def simplest(
    worker_under_test: WorkerUnderTest,
    number: int,
    seed_: int,
    failed: dict[Program, AssertionError],
) -> None:
    """Raises the AssertionError of a simple program that fails, which is shown with it.

    `failed` are those of `drawn(number, seed_)` that are known to; what is simpler is played.
    """
    loop = asyncio.get_running_loop()
    passed = set(drawn(number, seed_)) - failed.keys()
    end = time.monotonic() + SIMPLIFYING_SECONDS

    def test(program: Program) -> None:
        if program in failed:
            raise failed[program]
        if program in passed or time.monotonic() > end:
            return
        playing = play(worker_under_test, program, BRIEF_TIMEOUT_SECONDS)
        try:
            asyncio.run_coroutine_threadsafe(playing, loop).result()
        except AssertionError as error:
            failed[program] = error
            raise
        passed.add(program)

    await asyncio.to_thread(_draw, number, seed_, test, [Phase.generate, Phase.shrink])


def _draw(
    number: int, seed_: int, test: Callable[[Program], object], phases: Sequence[Phase]
) -> None:
    """Twice as many as needed: some of them are the same."""

    @settings(
        max_examples=2 * number,
        phases=phases,
        deadline=None,
        database=None,
        print_blob=False,
        report_multiple_bugs=False,
        suppress_health_check=[HealthCheck.too_slow],
    )
    @seed(seed_)
    @given(programs())
    def payment_and_model_agree(program: Program) -> None:
        test(program)

    payment_and_model_agree()
