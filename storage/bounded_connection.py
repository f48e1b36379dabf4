"""A PostgreSQL connection on which every wait has an end, whatever the server does."""

from typing import Any

from psycopg import Connection, OperationalError
from psycopg.abc import RV, PQGen
from psycopg.pq import TransactionStatus

WAIT_SECONDS = 5.0
"""Longest wait for an answer; longer than the server's own limit, which leaves the connection."""


class BoundedConnection(Connection[Any]):
    """Closes itself when the server does not answer in time, also one that is only frozen."""

    def wait(self, gen: PQGen[RV], interval: float = 0.1, timeout: float | None = None) -> RV:
        """As psycopg's; raises `OperationalError` if the answer takes too long."""
        try:
            return super().wait(gen, interval, WAIT_SECONDS if timeout is None else timeout)
        except OperationalError:
            if self.pgconn.transaction_status == TransactionStatus.ACTIVE:
                # The answer may still come, and would be taken for that to the next statement.
                self.close()
            raise
