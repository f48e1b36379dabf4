"""Databases for tests: SQLite in a file of the test, PostgreSQL in the server of the session."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import text

from dev.stack.postgresql import PostgresServer
from storage.database import Database
from storage.migrate import migrate
from storage.tables import metadata

KINDS = ["sqlite", "postgresql"]


@pytest.fixture(params=KINDS)
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database without tables, on each of the two."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/orders.db"
    server: PostgresServer = request.getfixturevalue("postgres")
    return server.create_database()


@pytest.fixture(scope="session")
def postgres_url(postgres: PostgresServer) -> str:
    """A database with the tables, shared by all tests that leave it empty."""
    url = postgres.create_database()
    migrate(url)
    return url


@pytest.fixture(params=KINDS)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database with empty tables, on each of the two."""
    if request.param == "sqlite":
        sqlite_url = f"sqlite:///{tmp_path}/orders.db"
        migrate(sqlite_url)
        yield sqlite_url
    else:
        postgres_url: str = request.getfixturevalue("postgres_url")
        yield postgres_url
        _empty(postgres_url)


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    """A database with empty tables, on each of the two."""
    with opened(url) as database:
        yield database


@contextmanager
def opened(url: str) -> Iterator[Database]:
    """The database, closed with the block."""
    database = Database(url)
    try:
        yield database
    finally:
        database.close()


@contextmanager
def new_sqlite(folder: Path) -> Iterator[Database]:
    """A database with empty tables in that folder, closed with the block."""
    url = f"sqlite:///{folder}/orders.db"
    migrate(url)
    with opened(url) as database:
        yield database


def _empty(url: str) -> None:
    with opened(url) as database, database.write() as tx:
        tx.execute(text(f"TRUNCATE {', '.join(metadata.tables)}"))
