"""A real PostgreSQL for tests; its data lives as long as the tests."""

import os
from collections.abc import Iterator

import pytest

from dev.stack.postgresql import PACKAGES, PostgresServer, find_programs, running_postgres


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """The server, started for the first test that needs it.

    Where there is none the test is skipped; under CI=true it fails.
    """
    programs = find_programs()
    if programs is None:
        reason = f"no PostgreSQL under {PACKAGES}: apt-get install postgresql"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    with running_postgres(programs) as server:
        yield server
