"""SQLite as every simulator uses it: one connection, explicit transactions, durable commits."""

import sqlite3
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path


class Database:
    """One SQLite file; what a `transaction` wrote is there after the process was killed."""

    def __init__(self, path: Path, schema: str) -> None:
        """Opens the file, making it and its folder if need be; `schema` must be repeatable."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self._connection = sqlite3.connect(path, isolation_level=None)
        self._connection.row_factory = sqlite3.Row
        # A commit under WAL and NORMAL outlives the process; only a power cut could undo it.
        self._connection.executescript(
            f"PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; {schema}"
        )

    @contextmanager
    def transaction(self) -> Generator[None]:
        """Commits what its block wrote, all of it or, if the block raised, nothing."""
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")

    def execute(self, statement: str, *values: object) -> None:
        """Runs a statement that answers nothing."""
        self._connection.execute(statement, values)

    def one(self, query: str, *values: object) -> sqlite3.Row | None:
        """The first row of an answer, or None."""
        row: sqlite3.Row | None = self._connection.execute(query, values).fetchone()
        return row

    def all(self, query: str, *values: object) -> list[sqlite3.Row]:
        """Every row of an answer."""
        return self._connection.execute(query, values).fetchall()
