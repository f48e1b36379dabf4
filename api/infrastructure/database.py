"""The database for the event loop: every transaction runs on a thread."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, Concatenate, ParamSpec, TypeVar

import anyio
from anyio import to_thread
from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from api.dependency_health import DATABASE
from api.errors import DependencyUnavailableError
from storage.database import CONNECTIONS, Database

QUEUE_SECONDS = 2.0
"""How long a transaction waits for those before it."""

P = ParamSpec("P")
T = TypeVar("T")
Work = Callable[Concatenate[Connection, P], T]


class AsyncDatabase:
    """Runs functions of `storage`, each in a transaction of its own."""

    def __init__(
        self, database: Database, connections: int = CONNECTIONS, *, is_prepared: bool = True
    ) -> None:
        """Belongs to the running event loop; `close` closes `database`, which has `connections`.

        If it is not `is_prepared`, its tables are not used before `prepare`.
        """
        self._is_prepared = is_prepared
        self._database = database
        self._threads = anyio.CapacityLimiter(connections)
        # Readers do not queue behind writers, and nobody behind what waits for a locked table:
        # the same work has half of these threads at most.
        half = max(1, connections // 2)
        self._readers, self._writers = _semaphore(half), _semaphore(half)
        self._same_work = defaultdict[str, anyio.Semaphore](lambda: _semaphore(half // 2))

    async def read(self, work: Work[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `work` on one snapshot; raises `DependencyUnavailableError` before `prepare`."""
        self._check()

        def transaction() -> T:
            with self._database.read() as tx:
                return work(tx, *args, **kwargs)

        async with self._queue(self._readers, work):
            return await to_thread.run_sync(transaction, limiter=self._threads)

    async def write(self, work: Work[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `work` in one transaction; raises `DependencyUnavailableError` before `prepare`.

        It ends although its task is cancelled; the cancellation is raised at the next `await`, when
        the task knows the result and can undo what was written.
        """
        self._check()
        return await _to_its_end(self._write(work, *args, **kwargs))

    async def _write(self, work: Work[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        def transaction() -> T:
            with self._database.write() as tx:
                return work(tx, *args, **kwargs)

        async with self._queue(self._writers, work):
            try:
                return await to_thread.run_sync(transaction, limiter=self._threads)
            except IntegrityError:
                # A concurrent transaction inserted the same row; the second attempt finds it.
                return await to_thread.run_sync(transaction, limiter=self._threads)

    @asynccontextmanager
    async def _queue(
        self, side: anyio.Semaphore, work: Callable[..., object]
    ) -> AsyncGenerator[None]:
        """Wait for a thread; raises `DependencyUnavailableError` if that takes too long."""
        name = getattr(work, "__qualname__", repr(type(work)))
        async with AsyncExitStack() as held:
            try:
                with anyio.fail_after(QUEUE_SECONDS):
                    await held.enter_async_context(self._same_work[name])
                    await held.enter_async_context(side)
            except TimeoutError:
                # Not known to be unavailable: others may be busy.
                raise DependencyUnavailableError(DATABASE) from None
            yield

    async def prepare(self, work: Callable[[], None]) -> None:
        """Run `work`, which checks the tables, on a thread; raises what it raises."""
        await to_thread.run_sync(work)
        self._is_prepared = True

    def _check(self) -> None:
        if not self._is_prepared:
            raise DependencyUnavailableError(DATABASE)

    def close(self) -> None:
        """Close every connection."""
        self._database.close()


def _semaphore(places: int) -> anyio.Semaphore:
    """Whoever finds a place takes it without letting other tasks run first."""
    return anyio.Semaphore(max(1, places), fast_acquire=True)


async def _to_its_end(work: Coroutine[Any, Any, T]) -> T:
    """Its result; a cancellation that came meanwhile is put off."""
    task, caller = asyncio.ensure_future(work), asyncio.current_task()
    is_cancelled = False
    while not task.done():
        try:
            await asyncio.wait([task])
        except asyncio.CancelledError:
            is_cancelled = True
    if is_cancelled and caller is not None:
        caller.cancel()
    return task.result()
