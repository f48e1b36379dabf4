"""A real Temporal server, a worker for payments, and counters without either."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from dev.temporal_server.server import TemporalServer, temporal_server
from tests.verification.models.payment_worker import Till, open_till
from tests.verification.models.schedules import Counter, open_counter


@pytest.fixture(scope="session")
def temporal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TemporalServer]:
    """One server for all programs."""
    with temporal_server(tmp_path_factory.mktemp("temporal")) as server:
        yield server


@pytest.fixture
async def till(temporal: TemporalServer, tmp_path: Path) -> AsyncIterator[Till]:
    """A worker with a database of its own, in the test's process."""
    async with open_till(temporal.address, tmp_path) as till:
        yield till


@pytest.fixture
def counter(tmp_path: Path) -> Iterator[Counter]:
    """Activities with a database of their own."""
    with open_counter(tmp_path) as counter:
        yield counter
