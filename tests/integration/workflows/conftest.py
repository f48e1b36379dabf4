"""A real Temporal server and real activities; only the card provider and the carrier are fakes."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from dev.temporal_server.server import TemporalServer, temporal_server
from tests.integration.workflows.harness import Harness, open_office


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A workflow whose result never comes is found in a minute."""
    for item in items:
        if item.path.parent == Path(__file__).parent:
            item.add_marker(pytest.mark.timeout(60))


@pytest.fixture(scope="session")
def temporal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TemporalServer]:
    """One server for all tests of workflows."""
    with temporal_server(tmp_path_factory.mktemp("temporal")) as server:
        yield server


@pytest.fixture
async def harness(temporal: TemporalServer, tmp_path: Path) -> AsyncIterator[Harness]:
    """A worker for every queue, with a database of its own, in the test's process."""
    async with open_office(temporal.address, tmp_path) as harness:
        yield harness
