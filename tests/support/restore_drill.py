"""A drill: backups of both databases are taken, used and restored, as docs/restore.md says."""

import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from dev.stack.postgresql import PostgresServer, find_programs, running_postgres
from dev.stack.stack import Stack
from tests.support.audits import receipts_of, sources_of
from tests.support.databases import KINDS
from tests.support.processes import REPOSITORY, eventually
from tests.support.shop import Shop
from verification.audit import audit

PROCESSES = ("api", "mailer", "worker")


@dataclass
class Backup:
    """Of a database, and how it is restored; nobody uses it meanwhile."""

    take: Callable[[], None]
    restore: Callable[[], None]


def of_sqlite(file: Path) -> Backup:
    """As with `.backup` of the sqlite3 program."""
    copy = file.with_suffix(".backup")

    def take() -> None:
        with closing(sqlite3.connect(file)) as source, closing(sqlite3.connect(copy)) as target:
            source.backup(target)

    def restore() -> None:
        for name in ("-wal", "-shm"):
            Path(f"{file}{name}").unlink(missing_ok=True)
        shutil.copyfile(copy, file)

    return Backup(take, restore)


def of_postgresql(server: PostgresServer) -> Backup:
    """A base backup, taken before, and the changes until the moment."""
    return Backup(
        lambda: server.name_moment("backup"),
        lambda: server.restore("backup"),
    )


@dataclass
class Drill:
    """A system with orders, and a backup of each of its two databases."""

    shop: Shop
    ours: Backup
    temporals: Backup

    @property
    def stack(self) -> Stack:
        """The system."""
        return self.shop.stack

    def stop(self) -> None:
        """The first step of every restore, a day later: the provider has forgotten our keys.

        What was unavailable is there again.
        """
        for process in PROCESSES:
            self.stack.stop(process)
        self.shop.cards.clear_faults()
        self.shop.carrier.clear_faults()
        with closing(sqlite3.connect(self.stack.folder / "cards.db", timeout=60)) as provider:
            assert provider.execute("DELETE FROM answers").rowcount > 0
            provider.commit()

    def restore_temporals(self) -> None:
        """While its server does not run; returns once it is ready again."""
        starts = self.stack.log("temporal").count("Temporal is ready")
        self.stack.stop("temporal")
        self.temporals.restore()
        self.stack.start("temporal")
        eventually(
            lambda: self.stack.log("temporal").count("Temporal is ready") > starts,
            "Temporal ready again",
        )

    def audit(self) -> set[str]:
        """The rules that are violated."""
        report = audit(sources_of(self.stack), receipts_of(self.stack), settling_seconds=0)
        return {violation.rule for violation in report.violations}

    def carry_on(self) -> list[str]:
        """The runbook's next steps; what the command says, until it says nothing."""
        said = self.restored()
        self.stack.start("worker")

        def is_done() -> bool:
            more = self.restored("--again")
            said.extend(more)
            return not more

        eventually(is_done, "nothing left to move", self.shop.timeout_seconds)
        for process in ("api", "mailer"):
            self.stack.start(process)
        self.stack.wait_until_ready()
        return said

    def restored(self, *arguments: str) -> list[str]:
        """The lines of `python -m deploy.restored`."""
        done = subprocess.run(
            [sys.executable, "-m", "deploy.restored", *arguments],
            cwd=REPOSITORY,
            env=self.stack.client_environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.splitlines()


@pytest.fixture(params=KINDS)
def drill(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Drill]:
    """On each of the two databases."""
    quick = {"CARD_SEARCH_LAG": "PT0S", "RETRY_FIRST": "PT0.2S", "RETRY_LONGEST": "PT1S"}
    if request.param == "sqlite":
        with _drill(tmp_path, quick, of_sqlite(tmp_path / "orders.db")) as drill:
            yield drill
        return
    programs = find_programs()
    if programs is None:
        pytest.skip("no PostgreSQL")
    with running_postgres(programs) as server:
        server.archive_wal()
        quick["DATABASE_URL"] = server.create_database()
        server.back_up()
        with _drill(tmp_path, quick, of_postgresql(server)) as drill:
            yield drill


@contextmanager
def _drill(folder: Path, environment: dict[str, str], ours: Backup) -> Iterator[Drill]:
    with Stack(folder, environment=environment) as stack:
        eventually(lambda: "Temporal is ready" in stack.log("temporal"), "Temporal ready")
        shop = Shop(stack)
        drill = Drill(shop, ours, of_sqlite(folder / "temporal.db"))
        yield drill
        shop.http.close()
