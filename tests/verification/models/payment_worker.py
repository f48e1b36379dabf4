"""A worker for payments on a real server, whose card provider is the program's to play."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

from temporalio import activity
from temporalio.client import Client
from temporalio.client import Interceptor as ClientInterceptor
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.testing import TimeSkipper
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput
from temporalio.worker import Interceptor as WorkerInterceptor

from config import Settings
from storage.database import Database
from storage.migrate import migrate
from temporal.runtime import own_runtime
from tests.support.fakes import FakeCarrier
from tests.verification.models.provider import Provider
from worker import Contexts, worker_for
from workflows.names import TaskQueue

AT_ONCE = 24
"""Programs under way: moving a payment's clock over a timer takes the server a second.

No more, as a server with too much to do loses tasks: one that it does not note as started within a
second never reaches the worker, and waits for its timeout.
"""


class News:
    """Tells whoever waits for something of a payment when it is worth another look."""

    def __init__(self) -> None:
        """For those who wait in the event loop that runs now."""
        self._loop = asyncio.get_running_loop()
        self._events: dict[str, asyncio.Event] = {}

    def tell(self, payment_id: str) -> None:
        """From any thread."""
        self._loop.call_soon_threadsafe(self._event(payment_id).set)

    async def until(
        self, payment_id: str, condition: Callable[[], bool], patience_seconds: float
    ) -> bool:
        """Whether the condition holds before patience is over."""
        event = self._event(payment_id)
        try:
            async with asyncio.timeout(patience_seconds):
                while not condition():
                    await event.wait()
                    event.clear()
        except TimeoutError:
            return condition()
        return True

    def _event(self, payment_id: str) -> asyncio.Event:
        return self._events.setdefault(payment_id, asyncio.Event())


class Witness(ClientInterceptor, WorkerInterceptor):
    """Tells when an activity was carried out; has some of them carried out twice, by payment.

    That is what happens when Temporal does not hear of the first time.
    """

    def __init__(self, news: News) -> None:
        """None of them yet."""
        self.news = news
        self.twice: dict[str, tuple[str, ...]] = {}

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:
        """Every activity."""
        return _Witnessed(next, self)


class _Witnessed(ActivityInboundInterceptor):
    def __init__(self, next: ActivityInboundInterceptor, witness: Witness) -> None:
        super().__init__(next)
        self._witness = witness

    async def execute_activity(self, input: ExecuteActivityInput) -> Any:
        info = activity.info()
        payment_id = str(info.workflow_id).partition("/")[2]
        result = await super().execute_activity(input)
        if info.activity_type in self._witness.twice.get(payment_id, ()):
            result = await super().execute_activity(input)
        self._witness.news.tell(payment_id)
        return result


class Till:
    """What all programs share."""

    def __init__(self, client: Client, database: Database, news: News, witness: Witness) -> None:
        """Of one worker."""
        self.client = client
        self.database = database
        self.news = news
        self.witness = witness
        self.provider = Provider(news.tell)
        self.skipper = TimeSkipper(client)
        self.numbers = count(1)


@asynccontextmanager
async def open_till(temporal_address: str, folder: Path) -> AsyncGenerator[Till]:
    """A worker for payments in this process, with a database in the folder."""
    url = f"sqlite:///{folder}/till.db"
    migrate(url)
    news = News()
    witness = Witness(news)
    client = await Client.connect(
        temporal_address,
        data_converter=pydantic_data_converter,
        interceptors=[witness],
        runtime=own_runtime(),
    )
    till = Till(client, Database(url), news, witness)
    no_lag = timedelta(0)
    contexts = Contexts(till.database, till.provider, FakeCarrier(), no_lag)
    settings = Settings(drain_seconds=0, max_concurrent_activities=4 * AT_ONCE)
    with ThreadPoolExecutor(8 * AT_ONCE) as executor:
        async with worker_for(client, TaskQueue.PAYMENTS, contexts, executor, settings):
            yield till
    till.database.close()
