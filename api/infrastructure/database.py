"""The database for the event loop: every transaction runs on a thread."""

from collections.abc import Callable
from typing import Concatenate, ParamSpec, TypeVar

import anyio
from anyio import to_thread
from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from api.dependency_health import DATABASE
from api.errors import DependencyUnavailableError
from storage.database import Database

THREADS = 16
"""Concurrent transactions in one process; further ones wait."""

P = ParamSpec("P")
T = TypeVar("T")
Work = Callable[Concatenate[Connection, P], T]


class AsyncDatabase:
    """Runs functions of `storage`, each in a transaction of its own."""

    def __init__(self, database: Database, *, is_prepared: bool = True) -> None:
        """Belongs to the running event loop; `close` closes `database`.

        If it is not `is_prepared`, its tables are not used before `prepare`.
        """
        self._is_prepared = is_prepared
        self._database = database
        self._threads = anyio.CapacityLimiter(THREADS)

    async def read(self, work: Work[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `work` on one snapshot; raises `DependencyUnavailableError` before `prepare`."""
        self._check()

        def transaction() -> T:
            with self._database.read() as tx:
                return work(tx, *args, **kwargs)

        return await to_thread.run_sync(transaction, limiter=self._threads)

    async def write(self, work: Work[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `work` in one transaction; raises `DependencyUnavailableError` before `prepare`."""
        self._check()

        def transaction() -> T:
            with self._database.write() as tx:
                return work(tx, *args, **kwargs)

        try:
            return await to_thread.run_sync(transaction, limiter=self._threads)
        except IntegrityError:
            # A concurrent transaction inserted the same row; the second attempt finds it.
            return await to_thread.run_sync(transaction, limiter=self._threads)

    async def prepare(self, work: Callable[[], None]) -> None:
        """Run `work`, which migrates the tables, on a thread; raises what it raises."""
        await to_thread.run_sync(work)
        self._is_prepared = True

    def _check(self) -> None:
        if not self._is_prepared:
            raise DependencyUnavailableError(DATABASE)

    def close(self) -> None:
        """Close every connection."""
        self._database.close()
