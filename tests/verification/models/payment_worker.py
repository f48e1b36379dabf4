"""A worker for payments on a real server, whose card provider is controlled by the program."""

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

from activities.charges import ChargeCardResult
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


class Notifier:
    """Notifies waiting code when the state of a payment may have changed."""

    def __init__(self) -> None:
        """Bind to the running event loop."""
        self._loop = asyncio.get_running_loop()
        self._events: dict[str, asyncio.Event] = {}

    def report(self, payment_id: str) -> None:
        """Notify those waiting for the payment; callable from any thread."""
        self._loop.call_soon_threadsafe(self._event(payment_id).set)

    async def until(
        self, payment_id: str, condition: Callable[[], bool], timeout_seconds: float
    ) -> bool:
        """Wait until the condition holds; returns False after the timeout."""
        event = self._event(payment_id)
        try:
            async with asyncio.timeout(timeout_seconds):
                while not condition():
                    await event.wait()
                    event.clear()
        except TimeoutError:
            return condition()
        return True

    def _event(self, payment_id: str) -> asyncio.Event:
        return self._events.setdefault(payment_id, asyncio.Event())


class ActivityObserver(ClientInterceptor, WorkerInterceptor):
    """Notifies when an activity was executed; executes some of them twice, by payment.

    This happens when Temporal does not receive the first completion.
    """

    def __init__(self, notifier: Notifier) -> None:
        """No activity is executed twice by default."""
        self.notifier = notifier
        self.twice: dict[str, tuple[str, ...]] = {}

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:
        """Every activity."""
        return _ObservedActivities(next, self)


class _ObservedActivities(ActivityInboundInterceptor):
    def __init__(self, next: ActivityInboundInterceptor, observer: ActivityObserver) -> None:
        super().__init__(next)
        self._observer = observer

    async def execute_activity(self, input: ExecuteActivityInput) -> Any:
        info = activity.info()
        payment_id = str(info.workflow_id).partition("/")[2]
        result = await super().execute_activity(input)
        # Done twice, a refused request would be two, and the program answers one at a time.
        is_refused = isinstance(result, ChargeCardResult) and result.refused
        if info.activity_type in self._observer.twice.get(payment_id, ()) and not is_refused:
            result = await super().execute_activity(input)
        self._observer.notifier.report(payment_id)
        return result


class WorkerUnderTest:
    """The worker, with what all programs share."""

    def __init__(
        self, client: Client, database: Database, notifier: Notifier, observer: ActivityObserver
    ) -> None:
        """The parts belong to one worker."""
        self.client = client
        self.database = database
        self.notifier = notifier
        self.observer = observer
        self.provider = Provider(notifier.report)
        self.skipper = TimeSkipper(client)
        self.numbers = count(1)


@asynccontextmanager
async def open_worker(temporal_address: str, folder: Path) -> AsyncGenerator[WorkerUnderTest]:
    """A worker for payments in this process, with a database in the folder."""
    url = f"sqlite:///{folder}/payments.db"
    migrate(url)
    notifier = Notifier()
    observer = ActivityObserver(notifier)
    client = await Client.connect(
        temporal_address,
        data_converter=pydantic_data_converter,
        interceptors=[observer],
        runtime=own_runtime(),
    )
    worker_under_test = WorkerUnderTest(client, Database(url), notifier, observer)
    no_lag = timedelta(0)
    contexts = Contexts(
        worker_under_test.database,
        worker_under_test.provider,
        FakeCarrier(),
        no_lag,
        retry_limits={},
    )
    settings = Settings(drain_seconds=0, max_concurrent_activities=4 * AT_ONCE)
    with ThreadPoolExecutor(8 * AT_ONCE) as executor:
        async with worker_for(client, TaskQueue.PAYMENTS, contexts, executor, settings):
            yield worker_under_test
    worker_under_test.database.close()
