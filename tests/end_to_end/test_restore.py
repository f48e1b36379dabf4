"""Backups are restored, as docs/restore.md says: of our database, of Temporal's, or of both.

What was done since the backup was done for good: cards were charged, goods were shipped. The audit
names what is unknown, and after the runbook's steps everything has ended, once.
"""

import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from clients import calls
from dev.stack.postgresql import PostgresServer, find_programs, running_postgres
from dev.stack.stack import Stack
from tests.support.audits import assert_consistent, receipts_of, sources_of
from tests.support.databases import KINDS
from tests.support.processes import REPOSITORY, eventually
from tests.support.shop import Shop
from verification.audit import audit

pytestmark = [pytest.mark.proof, pytest.mark.timeout(900)]

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
        """The first step of every restore, a day later: the provider has forgotten our keys."""
        for process in PROCESSES:
            self.stack.stop(process)
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
        """The runbook's next steps; what the command says."""
        self.stack.start("worker")
        said = self.restored()
        for process in ("api", "mailer"):
            self.stack.start(process)
        self.stack.wait_until_ready()
        return said

    def restored(self) -> list[str]:
        """The lines of `python -m deploy.restored`."""
        address = {"TEMPORAL_ADDRESS": self.stack.temporal_address}
        done = subprocess.run(
            [sys.executable, "-m", "deploy.restored"],
            cwd=REPOSITORY,
            env=self.stack.environment | address,
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


def test_our_database_is_older(drill: Drill) -> None:
    shop = drill.shop
    sku = shop.product(stock=10)
    paying, failing = shop.customer("pm_card_visa"), shop.customer("pm_card_chargeDeclined")
    done, waiting = shop.order(paying, sku), shop.order(failing, sku)
    shop.await_order(done, "fulfilled")
    shop.await_payment(waiting, "awaiting_card")
    drill.ours.take()
    shop.put(f"/payments/{waiting}/card", payment_method="pm_card_visa")
    late, payment = shop.order(paying, sku), shop.payment(paying, 700)
    for order in (late, waiting):
        shop.await_order(order, "fulfilled")
    shop.await_payment(payment, "received")

    drill.stop()
    drill.ours.restore()

    assert drill.audit() >= {
        "every_started_workflow_has_its_row",
        "every_accepted_order_is_there",
        "every_open_order_has_a_running_workflow",
        "the_provider_knows_only_our_payments",
        "the_carrier_has_nothing_else",
    }
    said = drill.carry_on()
    assert sorted(said) == sorted(
        [
            f"reset order/{late}, which has no row",
            f"reset order/{waiting}, awaiting_payment",
            f"reset payment/{late}, which has no row",
            f"reset payment/{waiting}, awaiting_card",
            f"reset payment/{payment}, which has no row",
        ]
    )
    # The card that was given since the backup is in Temporal: nobody has to give it again.
    for order in (late, waiting):
        shop.await_order(order, "fulfilled")
        shop.await_payment(order, "received")
    shop.await_payment(payment, "received")
    for order in (done, late, waiting):
        assert shop.captured(order) == [2500]
    assert shop.captured(payment) == [700]
    assert shop.stock(sku) == 7
    assert drill.restored() == []
    assert_consistent(drill.stack)


@pytest.mark.parametrize("drill", ["sqlite"], indirect=True)
def test_temporals_database_is_older(drill: Drill) -> None:
    shop = drill.shop
    sku = shop.product(stock=10)
    paying, failing = shop.customer("pm_card_visa"), shop.customer("pm_card_chargeDeclined")
    waiting = shop.order(failing, sku)
    shop.await_payment(waiting, "awaiting_card")
    drill.temporals.take()
    shop.put(f"/payments/{waiting}/card", payment_method="pm_card_visa")
    late, unpaid = shop.order(paying, sku), shop.order(failing, sku)
    for order in (late, waiting):
        shop.await_order(order, "fulfilled")
    payment = shop.payment(failing, 700)
    for one in (unpaid, payment):
        shop.await_payment(one, "awaiting_card")

    drill.stop()
    drill.restore_temporals()

    assert drill.audit() >= {
        "every_open_order_has_a_running_workflow",
        "every_open_payment_has_a_running_workflow",
        "no_workflow_outlives_its_order",
    }
    assert drill.carry_on() == [
        f"started order {unpaid}, awaiting_payment",
        f"started payment {payment}, awaiting_card",
        f"payment/{waiting} is received, and was notified of its card again",
    ]
    for one in (unpaid, payment):
        shop.put(f"/payments/{one}/card", payment_method="pm_card_visa")
    shop.await_order(unpaid, "fulfilled")
    shop.await_payment(payment, "received")
    for order in (late, waiting, unpaid):
        assert shop.see_order(order)["status"] == "fulfilled"
        assert shop.captured(order) == [2500]
    assert shop.captured(payment) == [700]
    assert shop.stock(sku) == 7
    assert_consistent(drill.stack)


@pytest.mark.parametrize("drill", ["sqlite"], indirect=True)
def test_both_are_of_one_moment(drill: Drill) -> None:
    """What came later is known to the provider and the carrier, and to clients who repeat it."""
    shop = drill.shop
    sku = shop.product(stock=10)
    paying, failing = shop.customer("pm_card_visa"), shop.customer("pm_card_chargeDeclined")
    waiting = shop.order(failing, sku)
    shop.await_payment(waiting, "awaiting_card")
    for backup in (drill.ours, drill.temporals):
        backup.take()
    requests = [
        calls.place_order(paying, [(sku, 1)], key="late"),
        calls.request_payment(paying, 700, "late"),
    ]
    order, payment = (str(shop.api.send(request)["id"]) for request in requests)
    shop.await_order(order, "fulfilled")
    shop.await_payment(payment, "received")

    drill.stop()
    drill.ours.restore()
    drill.restore_temporals()

    assert drill.audit() >= {
        "the_provider_knows_only_our_payments",
        "the_carrier_has_nothing_else",
        "every_accepted_order_is_there",
        "every_accepted_payment_is_there",
    }
    assert drill.carry_on() == []
    assert [shop.api.send(request)["id"] for request in requests] == [order, payment]
    shop.put(f"/payments/{waiting}/card", payment_method="pm_card_visa")
    for one in (order, waiting):
        shop.await_order(one, "fulfilled")
        assert shop.captured(one) == [2500]
    shop.await_payment(payment, "received")
    assert shop.captured(payment) == [700]
    assert shop.stock(sku) == 8
    assert_consistent(drill.stack)
