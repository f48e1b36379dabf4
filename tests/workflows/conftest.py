"""A real Temporal server and real activities; only the card provider and the carrier are fakes."""

from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter

from config import Settings
from storage.database import Database
from storage.migrate import migrate
from temporal.server import TemporalServer, temporal_server
from tests.support.fakes import FakeCards, FakeCarrier
from tests.workflows.office import Office
from worker import Contexts, worker_for
from workflows.names import TaskQueue


@pytest.fixture(scope="session")
def temporal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TemporalServer]:
    """One server for all tests of workflows."""
    with temporal_server(tmp_path_factory.mktemp("temporal")) as server:
        yield server


@pytest.fixture
async def office(temporal: TemporalServer, tmp_path: Path) -> AsyncIterator[Office]:
    """A worker for every queue, with a database of its own, in the test's process."""
    url = f"sqlite:///{tmp_path}/orders.db"
    migrate(url)
    client = await Client.connect(temporal.address, data_converter=pydantic_data_converter)
    office = Office(client, Database(url), FakeCards(), FakeCarrier())
    settings = Settings(drain_seconds=0)
    contexts = Contexts(office.database, office.cards, office.carrier, office.search_lag)
    with ThreadPoolExecutor(20) as executor:
        async with AsyncExitStack() as workers:
            for queue in TaskQueue:
                worker = worker_for(client, queue, contexts, executor, settings)
                await workers.enter_async_context(worker)
            yield office
            await office.end_everything()
    office.database.close()
