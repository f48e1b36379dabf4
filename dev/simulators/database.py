"""SQLite for the simulators: one connection, explicit transactions, durable commits."""

import sqlite3
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path


class Database:
    """One SQLite file; a committed `transaction` survives a killed process."""

    def __init__(self, path: Path, schema: str) -> None:
        """Opens the file, creating it and its folder if missing; `schema` is executed each time."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self._connection = sqlite3.connect(path, isolation_level=None)
        self._connection.row_factory = sqlite3.Row
        # With WAL and NORMAL, a commit survives a killed process; a power cut could undo it.
        self._connection.executescript(
            f"PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; {schema}"
        )

    @contextmanager
    def transaction(self) -> Generator[None]:
        """Commits all that the block wrote, or nothing if it raised."""
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")

    def execute(self, statement: str, *values: object) -> None:
        """Runs a statement without a result."""
        self._connection.execute(statement, values)

    def one(self, query: str, *values: object) -> sqlite3.Row | None:
        """The first row of the result, or None."""
        row: sqlite3.Row | None = self._connection.execute(query, values).fetchone()
        return row

    def all(self, query: str, *values: object) -> list[sqlite3.Row]:
        """All rows of the result."""
        return self._connection.execute(query, values).fetchall()

    def close(self) -> None:
        """Closes the file."""
        self._connection.close()
