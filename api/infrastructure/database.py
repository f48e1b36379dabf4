"""The database, asked from the event loop: every transaction runs on a thread."""

from collections.abc import Callable
from typing import Concatenate, ParamSpec, TypeVar

import anyio
from anyio import to_thread
from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from api.dependency_health import DATABASE
from api.errors import DependencyAwayError
from storage.database import Database

THREADS = 16
"""Transactions at the same time, in one process; further ones wait their turn."""

P = ParamSpec("P")
T = TypeVar("T")
Work = Callable[Concatenate[Connection, P], T]


class Store:
    """Runs the functions of `storage` in transactions of their own."""

    def __init__(self, database: Database, *, is_prepared: bool = True) -> None:
        """Belongs to the running event loop; closes `database` when it is closed.

        One whose tables are not `is_prepared` is not used before `prepare`.
        """
        self._is_prepared = is_prepared
        self._database = database
        self._threads = anyio.CapacityLimiter(THREADS)

    async def read(self, work: Work[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """What `work` finds in one snapshot; `DependencyAwayError` before its tables are ready."""
        self._check()

        def transaction() -> T:
            with self._database.read() as tx:
                return work(tx, *args, **kwargs)

        return await to_thread.run_sync(transaction, limiter=self._threads)

    async def write(self, work: Work[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Do `work`, all of it or nothing; `DependencyAwayError` before its tables are ready."""
        self._check()

        def transaction() -> T:
            with self._database.write() as tx:
                return work(tx, *args, **kwargs)

        try:
            return await to_thread.run_sync(transaction, limiter=self._threads)
        except IntegrityError:
            # Somebody wrote the same row at the same moment; now it is there to be found.
            return await to_thread.run_sync(transaction, limiter=self._threads)

    async def prepare(self, work: Callable[[], None]) -> None:
        """Have `work` make the tables ready, on a thread; what it raises is raised."""
        await to_thread.run_sync(work)
        self._is_prepared = True

    def _check(self) -> None:
        if not self._is_prepared:
            raise DependencyAwayError(DATABASE)

    def close(self) -> None:
        """Close every connection."""
        self._database.close()
