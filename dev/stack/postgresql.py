"""A temporary PostgreSQL server on a loopback port, from Debian's packages."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import LiteralString
from uuid import uuid4

import psutil
import psycopg
from psycopg import sql

from dev.stack.stack import StackError
from dev.temporal_server.ports import free_ports

PACKAGES = Path("/usr/lib/postgresql")
"""Where Debian installs the programs; scripts/install-debian-packages looks there too."""

USER = "orders"
START_LIMIT = 60.0
STOP_LIMIT = 60.0
"""Seconds."""


class PostgresServer:
    """A server that can be stopped, killed and started again with the same data."""

    def __init__(self, programs: Path, folder: Path, log: Path, *, fsync: bool = False) -> None:
        """`programs` is the folder of `postgres` and `initdb`; creates the data in `folder`.

        With `fsync`, a commit waits for the disk, as in production.
        """
        self.port = free_ports(1)[0]
        self._fsync = "on" if fsync else "off"
        self._programs = programs
        self._folder = folder
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None
        if os.geteuid() == 0:
            os.chown(folder, _unprivileged_user().pw_uid, -1)
        self._run("initdb", "--username", USER, "--auth=trust", "--encoding=UTF8", "--locale=C")

    @property
    def pid(self) -> int:
        """The process id; 0 if it is not running."""
        return self._process.pid if self._process else 0

    def url(self, database: str) -> str:
        """The URL of that database."""
        return f"postgresql://{USER}@127.0.0.1:{self.port}/{database}"

    def create_database(self, name: str | None = None) -> str:
        """The URL of a new, empty database."""
        name = name or f"test_{uuid4().hex}"
        self._execute("CREATE DATABASE {}", sql.Identifier(name))
        return self.url(name)

    def disconnect_all(self, database: str) -> None:
        """Ends all connections to that database, as a restart of the server does."""
        self._execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = {}",
            sql.Literal(database),
        )

    def start(self) -> None:
        """Returns once it accepts connections. Raises StackError if it does not."""
        self.launch()
        self.wait_until_ready()

    def launch(self) -> None:
        """Starts it without waiting; it ends with the thread that calls this."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [
                    *_as_unprivileged_user(),
                    *(self._programs / "postgres", "-D", self._data, "-k", self._folder),
                    *("-h", "127.0.0.1", "-p", str(self.port), "-c", f"fsync={self._fsync}"),
                ],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                # Ctrl-C is for the process that started it.
                start_new_session=True,
            )

    def wait_until_ready(self) -> None:
        """Returns once it accepts connections. Raises StackError if it does not."""
        end = time.monotonic() + START_LIMIT
        while not self._answers():
            ended = self._process is None or self._process.poll() is not None
            if ended or time.monotonic() > end:
                raise StackError(f"PostgreSQL did not start:\n{self._log.read_text()}")
            time.sleep(0.05)

    def stop(self) -> None:
        """Ends all connections and stops gracefully."""
        if self._process is not None:
            self._process.send_signal(signal.SIGINT)
            self._process.wait(STOP_LIMIT)
            self._process = None

    def kill(self) -> None:
        """SIGKILL, also to its children; it stays down until `start`."""
        if self._process is not None:
            server = psutil.Process(self._process.pid)
            server.suspend()  # so that it has no more children
            # Each is in a session of its own, and keeps the next start from the shared memory.
            children = server.children(recursive=True)
            for process in (server, *children):
                process.kill()
            psutil.wait_procs(children, STOP_LIMIT)
            self._process.wait(STOP_LIMIT)
            self._process = None

    def dump(self, database: str, file: Path) -> None:
        """Writes the database to the file, as SQL."""
        with file.open("wb") as output:
            subprocess.run(
                [self._programs / "pg_dump", self.url(database)], check=True, stdout=output
            )

    def archive_wal(self) -> None:
        """Keep all changes from now on, so that `restore` can return to a moment."""
        archive = self._subfolder("wal")
        self._execute("ALTER SYSTEM SET archive_mode = {}", sql.Literal("on"))
        copy = sql.Literal(f"cp %p {archive}/%f")
        self._execute("ALTER SYSTEM SET archive_command = {}", copy)
        self.stop()
        self.start()

    def back_up(self) -> None:
        """Take the base backup that `restore` begins with."""
        where = ["-h", "127.0.0.1", "-p", str(self.port), "-U", USER, "--checkpoint=fast"]
        self._run("pg_basebackup", *where, data=self._subfolder("base"))

    def name_moment(self, name: str) -> None:
        """Let `restore` return to now."""
        self._execute("SELECT pg_create_restore_point({}), pg_switch_wal()", sql.Literal(name))

    def restore(self, moment: str) -> None:
        """Return to the moment with that name: the base backup, and the changes until then."""
        self.stop()
        shutil.rmtree(self._data)
        (self._folder / "base").rename(self._data)
        (self._data / "recovery.signal").touch()
        with (self._data / "postgresql.auto.conf").open("a") as settings:
            settings.write(
                f"restore_command = 'cp {self._folder}/wal/%f %p'\n"
                f"recovery_target_name = '{moment}'\n"
                "recovery_target_action = 'promote'\n"
            )
        self.start()
        end = time.monotonic() + START_LIMIT
        while self._is_in_recovery():
            if time.monotonic() > end:
                raise StackError(f"PostgreSQL did not recover:\n{self._log.read_text()}")
            time.sleep(0.05)

    def _is_in_recovery(self) -> bool:
        with psycopg.connect(self.url("postgres")) as connection:
            row = connection.execute("SELECT pg_is_in_recovery()").fetchone()
        return row is None or bool(row[0])

    def _subfolder(self, name: str) -> Path:
        folder = self._folder / name
        folder.mkdir(mode=0o700)
        if os.geteuid() == 0:
            os.chown(folder, _unprivileged_user().pw_uid, -1)
        return folder

    @property
    def _data(self) -> Path:
        return self._folder / "data"

    def _answers(self) -> bool:
        try:
            psycopg.connect(self.url("postgres"), connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    def _execute(self, statement: LiteralString, value: sql.Composable) -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(sql.SQL(statement).format(value))

    def _run(self, program: str, *arguments: str, data: Path | None = None) -> None:
        subprocess.run(
            [
                *_as_unprivileged_user(),
                *(
                    self._programs / program,
                    "--pgdata",
                    data or self._data,
                    "--no-sync",
                    *arguments,
                ),
            ],
            check=True,
            stdout=subprocess.DEVNULL,
        )


def find_programs() -> Path | None:
    """The folder of the newest version's programs; None if none is installed."""
    found = [folder.parent for folder in PACKAGES.glob("*/bin/postgres")]
    return max(found, key=lambda folder: int(folder.parent.name), default=None)


@contextmanager
def running_postgres(
    programs: Path, log: Path | None = None, *, fsync: bool = False
) -> Generator[PostgresServer]:
    """Starts a server with those programs; stops it and deletes its data after the block."""
    folder = Path(tempfile.mkdtemp(prefix="postgres-"))
    try:
        server = PostgresServer(programs, folder, log or folder / "log", fsync=fsync)
        server.start()
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder)


def _unprivileged_user() -> pwd.struct_passwd:
    try:
        return pwd.getpwnam("postgres")
    except KeyError:
        return pwd.getpwnam("nobody")


def _as_unprivileged_user() -> list[str]:
    """PostgreSQL refuses to run as root; with `--pdeathsig`, it ends when its parent is killed."""
    command = ["setpriv", "--pdeathsig=INT"]
    if os.geteuid() == 0:
        user = _unprivileged_user()
        command += [f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]
    return command
