"""A real Temporal server, a worker for payments, and counters without either."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from dev.temporal_server.server import TemporalServer, temporal_server
from tests.verification.models.payment_worker import WorkerUnderTest, open_worker
from tests.verification.models.schedules import Counter, open_counter


@pytest.fixture(scope="session")
def temporal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TemporalServer]:
    """One server for all programs."""
    with temporal_server(tmp_path_factory.mktemp("temporal")) as server:
        yield server


@pytest.fixture
async def worker_under_test(
    temporal: TemporalServer, tmp_path: Path
) -> AsyncIterator[WorkerUnderTest]:
    """A worker with a database of its own, in the test's process."""
    async with open_worker(temporal.address, tmp_path) as worker_under_test:
        yield worker_under_test


@pytest.fixture
def counter(tmp_path: Path) -> Iterator[Counter]:
    """Activities with a database of their own."""
    with open_counter(tmp_path) as counter:
        yield counter
