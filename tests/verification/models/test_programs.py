"""Payments do what the process says: generated programs on the real server, beside a model."""

import pytest

from tests.verification.models.payment_worker import WorkerUnderTest
from tests.verification.models.search import drawn, play_all, simplest

PROGRAMS = 150
SEED = 4

pytestmark = [pytest.mark.proof, pytest.mark.timeout(900)]
"""A starved machine may need minutes for one program alone: its steps wait for up to 150 s."""


async def test_payments_and_their_model_agree(worker_under_test: WorkerUnderTest) -> None:
    """Many more: `python -m tests.verification.models`."""
    failed = await play_all(worker_under_test, drawn(PROGRAMS, SEED))

    if failed:
        await simplest(worker_under_test, PROGRAMS, SEED, failed)
    assert not failed


def test_the_same_seed_draws_the_same_programs() -> None:
    programs = drawn(20, SEED)

    assert len(set(programs)) == 20
    assert drawn(20, SEED) == programs
    assert drawn(20, SEED + 1) != programs
