"""The database, asked from the event loop: every transaction runs on a thread."""

from collections.abc import Callable
from typing import Concatenate, ParamSpec, TypeVar

import anyio
from anyio import to_thread
from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from storage.database import Database

THREADS = 16
"""Transactions at the same time, in one process; further ones wait their turn."""

P = ParamSpec("P")
T = TypeVar("T")
Work = Callable[Concatenate[Connection, P], T]


class Store:
    """Runs the functions of `storage` in transactions of their own."""

    def __init__(self, database: Database) -> None:
        """Belongs to the running event loop; closes `database` when it is closed."""
        self._database = database
        self._threads = anyio.CapacityLimiter(THREADS)

    async def read(self, work: Work[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """What `work` finds in one snapshot."""

        def transaction() -> T:
            with self._database.read() as tx:
                return work(tx, *args, **kwargs)

        return await to_thread.run_sync(transaction, limiter=self._threads)

    async def write(self, work: Work[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Do `work`, all of it or nothing."""

        def transaction() -> T:
            with self._database.write() as tx:
                return work(tx, *args, **kwargs)

        try:
            return await to_thread.run_sync(transaction, limiter=self._threads)
        except IntegrityError:
            # Somebody wrote the same row at the same moment; now it is there to be found.
            return await to_thread.run_sync(transaction, limiter=self._threads)

    def close(self) -> None:
        """Close every connection."""
        self._database.close()
