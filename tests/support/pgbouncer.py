"""A real PgBouncer in transaction mode, in front of the PostgreSQL of the tests."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from dev.stack.postgresql import USER, PostgresServer
from tests.support.processes import free_port, running

SERVER_CONNECTIONS = 4
"""So few that clients take turns on them."""

CONFIGURATION = """
[databases]
* = host=127.0.0.1 port={server_port} user={user}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = {connections}
max_client_conn = 200
"""


@pytest.fixture(scope="session")
def pgbouncer_port(
    postgres: PostgresServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[int]:
    """The port of PgBouncer, which leads to all databases of the server.

    Where there is none the test is skipped; under CI=true it fails.
    """
    program = shutil.which("pgbouncer", path=f"{os.environ['PATH']}:/usr/sbin")
    if program is None:
        reason = "no pgbouncer: apt-get install pgbouncer"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    port = free_port()
    file: Path = tmp_path_factory.mktemp("pgbouncer") / "pgbouncer.ini"
    text = CONFIGURATION.format(
        server_port=postgres.port, user=USER, port=port, connections=SERVER_CONNECTIONS
    )
    # It refuses to run as root.
    file.write_text(f"{text}user = nobody\n" if os.geteuid() == 0 else text)

    def is_ready() -> bool:
        try:
            psycopg.connect(f"postgresql://{USER}@127.0.0.1:{port}/postgres").close()
        except psycopg.OperationalError:
            return False
        return True

    with running([program, str(file)], ready=is_ready):
        yield port
