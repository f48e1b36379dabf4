"""A real PostgreSQL for tests, from Debian's packages; its data lives as long as the tests."""

import os
import pwd
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import LiteralString
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql

from tests.support.processes import eventually, free_port

PACKAGES = Path("/usr/lib/postgresql")
"""Where Debian's packages put them; scripts/install-postgresql looks there too."""

USER = "orders"


class PostgresServer:
    """A server of our own on a loopback port."""

    def __init__(self, port: int) -> None:
        """Names it; it need not run yet."""
        self.port = port

    def url(self, database: str) -> str:
        """Where that database is."""
        return f"postgresql://{USER}@127.0.0.1:{self.port}/{database}"

    def create_database(self, name: str | None = None) -> str:
        """The URL of a new, empty database."""
        name = name or f"test_{uuid4().hex}"
        self._execute("CREATE DATABASE {}", sql.Identifier(name))
        return self.url(name)

    def disconnect_all(self, database: str) -> None:
        """Ends every connection to that database, as a server does that is restarted."""
        self._execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = {}",
            sql.Literal(database),
        )

    def _execute(self, statement: LiteralString, value: sql.Composable) -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(sql.SQL(statement).format(value))

    def answers(self) -> bool:
        """Whether it takes connections."""
        try:
            psycopg.connect(self.url("postgres"), connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """The server, started with the first test that asks for it.

    Where there is none the test is skipped; under CI=true it fails.
    """
    programs = _programs()
    if programs is None:
        reason = f"no PostgreSQL under {PACKAGES}: apt-get install postgresql"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    with running_postgres(programs) as server:
        yield server


@contextmanager
def running_postgres(programs: Path) -> Iterator[PostgresServer]:
    """Starts the server of that folder of programs, and ends it with the block."""
    with tempfile.TemporaryDirectory(prefix="postgres-") as folder:
        data, log_path = Path(folder) / "data", Path(folder) / "log"
        if os.geteuid() == 0:
            os.chown(folder, _unprivileged_user().pw_uid, -1)
        subprocess.run(
            [
                *_as_unprivileged_user(),
                *(programs / "initdb", "--pgdata", data, "--username", USER),
                *("--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"),
            ],
            check=True,
            stdout=subprocess.DEVNULL,
        )
        server = PostgresServer(free_port())
        with log_path.open("wb") as log:
            process = subprocess.Popen(
                [
                    *_as_unprivileged_user(),
                    *(programs / "postgres", "-D", data, "-k", folder),
                    *("-h", "127.0.0.1", "-p", str(server.port), "-c", "fsync=off"),
                ],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        try:
            eventually(lambda: _alive(process, log_path) and server.answers(), "PostgreSQL")
            yield server
        finally:
            # SIGINT: it disconnects whoever is still connected, and ends.
            process.send_signal(signal.SIGINT)
            process.wait(20)


def _programs() -> Path | None:
    """The newest version's."""
    found = [folder.parent for folder in PACKAGES.glob("*/bin/postgres")]
    return max(found, key=lambda folder: int(folder.parent.name), default=None)


def _alive(process: subprocess.Popen[bytes], log_path: Path) -> bool:
    if process.poll() is not None:
        message = f"PostgreSQL ended with {process.returncode}:\n{log_path.read_text()}"
        raise AssertionError(message)
    return True


def _unprivileged_user() -> pwd.struct_passwd:
    try:
        return pwd.getpwnam("postgres")
    except KeyError:
        return pwd.getpwnam("nobody")


def _as_unprivileged_user() -> list[str]:
    """PostgreSQL refuses to be root. It also ends when the tests are killed (`--pdeathsig`)."""
    command = ["setpriv", "--pdeathsig=INT"]
    if os.geteuid() == 0:
        user = _unprivileged_user()
        command += [f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]
    return command
