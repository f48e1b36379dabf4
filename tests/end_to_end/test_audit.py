"""Copies of real data are corrupted one at a time, and the audit names the broken rules."""

import json
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path

import pytest
from temporalio.common import MetricMeter
from temporalio.testing import ActivityEnvironment

from dev.stack.stack import Stack
from tests.end_to_end.corruptions import CORRUPTIONS, Corruption
from tests.support import simulators
from tests.support.audits import assert_consistent, receipts_of
from tests.support.processes import REPOSITORY, free_port
from tests.support.shop import Shop
from verification.audit import Sources, audit
from verification.nightly.audit_activity import AuditActivities, VerdictMetrics

pytestmark = pytest.mark.proof

METER = MetricMeter.noop
DATABASES = ("orders", "cards", "carrier", "mailbox")


@dataclass(frozen=True)
class Copies:
    """Copies of a consistent system's databases, served by simulators; Temporal is the original."""

    pristine: Path
    folder: Path
    sources: Sources
    ids: dict[str, str]

    @property
    def receipts(self) -> Path:
        return self.folder / "receipts.jsonl"

    def restore(self) -> None:
        for name in DATABASES:
            _copy(self.pristine / f"{name}.db", self.folder / f"{name}.db")
        shutil.copy(self.pristine / "receipts.jsonl", self.receipts)

    def corrupt(self, name: str, statement: str) -> None:
        with closing(sqlite3.connect(self.folder / f"{name}.db", timeout=60)) as database, database:
            database.execute("PRAGMA ignore_check_constraints = ON")
            assert database.execute(statement.format(**self.ids)).rowcount > 0

    def rules_broken(self) -> set[str]:
        receipts = self.receipts if self.receipts.exists() else None
        report = audit(self.sources, receipts, settling_seconds=0)
        return {violation.rule for violation in report.violations}


@pytest.fixture(scope="module")
def made(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Copies]:
    shop = Shop(stack)
    sku = shop.product(stock=10)
    kermit, gonzo = (
        shop.customer("pm_card_visa", balance=500),
        shop.customer("pm_card_chargeDeclined"),
    )
    ids = {"sku": sku, "kermit": kermit, "gonzo": gonzo}
    ids["fulfilled"] = shop.order(kermit, sku)
    shop.await_order(ids["fulfilled"], "fulfilled")
    shop.credit(kermit, 300)
    ids["undone"] = shop.order(kermit, shop.product(stock=0))
    ids["waiting"] = shop.order(gonzo, sku, policy="charge_later")
    shop.await_payment(ids["waiting"], "awaiting_card")
    shop.fast_forward(ids["waiting"], days=3)
    shop.await_order(ids["undone"], "not_fulfilled")
    shop.http.close()
    assert_consistent(stack)

    pristine, folder = (tmp_path_factory.mktemp(name) for name in ("pristine", "corrupted"))
    for name in DATABASES:
        _copy(stack.folder / f"{name}.db", pristine / f"{name}.db")
    shutil.copy(receipts_of(stack), pristine)
    with ExitStack() as running:
        cards = running.enter_context(simulators.cards(folder / "cards.db"))
        carrier = running.enter_context(simulators.carrier(folder / "carrier.db"))
        mailbox = running.enter_context(simulators.mailbox(folder / "mailbox.db"))
        sources = Sources(
            database_url=f"sqlite:///{folder}/orders.db",
            stripe_api_base=cards.url,
            stripe_api_key=simulators.SECRET_KEY,
            carrier_url=carrier.url,
            mailbox_url=mailbox.url,
            temporal_address=stack.temporal_address,
        )
        yield Copies(pristine, folder, sources, ids)


@pytest.fixture
def copies(made: Copies) -> Copies:
    """As they were made."""
    made.restore()
    return made


@pytest.mark.parametrize("corruption", CORRUPTIONS, ids=str)
def test_a_corruption_is_found(copies: Copies, corruption: Corruption) -> None:
    copies.corrupt(corruption.database, corruption.statement)
    assert copies.rules_broken() == corruption.rules


def test_an_accepted_order_that_is_gone_is_found(copies: Copies) -> None:
    receipts = copies.receipts.read_text().splitlines()
    orders = [json.loads(line) for line in receipts if '"path":"/orders"' in line]
    lost = orders[-1] | {"key": None, "answer": orders[-1]["answer"] | {"id": "ghost"}}
    copies.receipts.write_text("\n".join([*receipts, json.dumps(lost)]))
    assert copies.rules_broken() == {"every_accepted_order_is_there"}


def test_an_order_that_ended_and_is_gone_is_found_without_receipts(copies: Copies) -> None:
    copies.corrupt("orders", "DELETE FROM orders WHERE id = '{fulfilled}'")
    copies.receipts.unlink()
    assert "every_started_workflow_has_its_row" in copies.rules_broken()


def test_exits_with_0_if_nothing_is_wrong(copies: Copies) -> None:
    done = _run(copies)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("no violations: ")


def test_exits_with_1_naming_what_is_wrong(copies: Copies) -> None:
    copies.corrupt("orders", "UPDATE products SET stock = stock - 1 WHERE sku = '{sku}'")
    done = _run(copies, "--patience", "1")
    assert done.returncode == 1
    violation = (
        f"no_piece_is_lost_or_made: product {copies.ids['sku']}: 10 supplied, but 7 in stock"
    )
    assert done.stdout.splitlines()[0].startswith(violation)
    assert done.stdout.splitlines()[1].startswith("1 violation")


async def test_the_nightly_audit_counts_and_names_what_is_wrong(
    copies: Copies, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    for name, value in _settings(copies).items():
        monkeypatch.setenv(name, value)
    activities = AuditActivities(_command(copies, "--patience", "1"), VerdictMetrics(METER))
    run = ActivityEnvironment().run
    assert (await run(activities.audit)).violations == 0
    copies.corrupt("orders", "UPDATE products SET stock = stock - 1 WHERE sku = '{sku}'")
    assert (await run(activities.audit)).violations == 1
    assert f"no_piece_is_lost_or_made: product {copies.ids['sku']}" in caplog.text


@pytest.mark.parametrize(
    ("setting", "value", "named"),
    [
        ("DATABASE_URL", "sqlite:////nowhere/orders.db", "our database"),
        ("STRIPE_API_KEY", "sk_test_wrong", "the card provider"),
        ("CARRIER_URL", "http://127.0.0.1:{port}", "the carrier"),
        ("TEMPORAL_ADDRESS", "127.0.0.1:{port}", "Temporal"),
    ],
)
def test_exits_with_2_if_a_source_can_not_be_read(
    copies: Copies, setting: str, value: str, named: str
) -> None:
    done = _run(copies, "--patience", "0", **{setting: value.format(port=free_port())})
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"Cannot read {named}: ")


def _run(copies: Copies, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        _command(copies, *arguments),
        cwd=REPOSITORY,
        env=_settings(copies) | settings,
        capture_output=True,
        text=True,
        check=False,
    )


def _settings(copies: Copies) -> dict[str, str]:
    sources = copies.sources
    return {
        "SETTINGS_FILE": "",
        "DATABASE_URL": sources.database_url,
        "STRIPE_API_BASE": sources.stripe_api_base,
        "STRIPE_API_KEY": sources.stripe_api_key,
        "CARRIER_URL": sources.carrier_url,
        "TEMPORAL_ADDRESS": str(sources.temporal_address),
    }


def _command(copies: Copies, *arguments: str) -> list[str]:
    places = ["--mailbox", copies.sources.mailbox_url, "--receipts", str(copies.receipts)]
    return [sys.executable, "-m", "verification.audit", *places, *arguments]


def _copy(source: Path, target: Path) -> None:
    with closing(sqlite3.connect(source)) as original, closing(sqlite3.connect(target)) as copy:
        original.backup(copy)
