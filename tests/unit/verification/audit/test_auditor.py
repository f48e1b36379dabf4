"""The audit waits for findings to settle, reports lasting ones, and names unavailable sources."""

from collections.abc import Callable, Sequence
from itertools import chain, count, cycle, repeat
from pathlib import Path

import pytest

from tests.unit.verification.audit.consistent_snapshot import consistent_snapshot
from tests.unit.verification.audit.corruption import change
from verification.audit import Sources, SourceUnavailableError, audit, auditor
from verification.audit.snapshot import Snapshot

NOWHERE = Sources("sqlite:///nowhere.db", "", "", "", "")
SETTLING_SECONDS = 0.3

Read = Callable[[], Snapshot]


def a_consistent_snapshot() -> Snapshot:
    return consistent_snapshot()


def a_lost_piece() -> Snapshot:
    snapshot = consistent_snapshot()
    change(snapshot.books.products, "lily", stock=9)
    return snapshot


def unavailable() -> Snapshot:
    raise SourceUnavailableError("Cannot read the carrier: unavailable.")


class FakeSources:
    """Returns the given snapshots one after another, and then the last one again."""

    def __init__(self, reads: Sequence[Read]) -> None:
        self.reads = chain(reads, repeat(reads[-1]))
        self.times = 0

    async def collect(self, where: Sources, receipts: Path | None) -> Snapshot:
        assert (where, receipts) == (NOWHERE, None)
        self.times += 1
        return next(self.reads)()


@pytest.fixture
def see(monkeypatch: pytest.MonkeyPatch) -> Callable[..., FakeSources]:
    def prepare(*reads: Read) -> FakeSources:
        sources = FakeSources(reads)
        monkeypatch.setattr(auditor, "collect", sources.collect)
        monkeypatch.setattr(auditor, "FIRST_PAUSE_SECONDS", 0.01)
        monkeypatch.setattr(auditor, "UNAVAILABLE_SECONDS", 60)
        return sources

    return prepare


def test_a_consistent_snapshot_is_read_once(see: Callable[..., FakeSources]) -> None:
    sources = see(a_consistent_snapshot)
    report = audit(NOWHERE, settling_seconds=SETTLING_SECONDS)
    assert (report.violations, sources.times) == ([], 1)
    assert report.checked.startswith("9 orders, 11 payments, 22 transfers")


def test_a_finding_that_settles_is_no_violation(see: Callable[..., FakeSources]) -> None:
    sources = see(a_lost_piece, a_lost_piece, a_consistent_snapshot)
    assert audit(NOWHERE, settling_seconds=60).violations == []
    assert sources.times == 3


def test_a_lasting_finding_is_a_violation(see: Callable[..., FakeSources]) -> None:
    sources = see(a_lost_piece)
    report = audit(NOWHERE, settling_seconds=SETTLING_SECONDS)
    assert [violation.rule for violation in report.violations] == ["no_piece_is_lost_or_made"]
    assert sources.times > 1
    assert report.seconds >= SETTLING_SECONDS


def test_without_settling_time_one_snapshot_is_enough(see: Callable[..., FakeSources]) -> None:
    sources = see(a_lost_piece)
    assert len(audit(NOWHERE, settling_seconds=0).violations) == 1
    assert sources.times == 1


def test_a_lasting_finding_with_changing_values_is_a_violation(
    see: Callable[..., FakeSources],
) -> None:
    """A system under load: the lost piece stays lost while the stock changes."""
    stocks = count(100)

    def another() -> Snapshot:
        snapshot = consistent_snapshot()
        change(snapshot.books.products, "lily", stock=next(stocks))
        return snapshot

    see(another)
    (violation,) = audit(NOWHERE, settling_seconds=SETTLING_SECONDS).violations
    assert violation.about == ("no_piece_is_lost_or_made", "product lily")
    assert f"but {next(stocks) - 1} in stock" in violation.finding


def test_changing_findings_are_reported_as_unsettled(
    see: Callable[..., FakeSources],
) -> None:
    """There is always a finding, but none lasts: the audit must not report success."""
    piece_is_lost = cycle((True, False))

    def another() -> Snapshot:
        if next(piece_is_lost):
            return a_lost_piece()
        snapshot = consistent_snapshot()
        change(snapshot.books.orders, "fulfilled", total=1)
        return snapshot

    see(another)
    report = audit(NOWHERE, settling_seconds=SETTLING_SECONDS)
    assert report.violations == []
    assert report.unsettled
    assert report.seconds >= 2 * SETTLING_SECONDS


def test_a_source_that_is_briefly_unavailable_is_read_again(
    see: Callable[..., FakeSources],
) -> None:
    sources = see(unavailable, unavailable, a_consistent_snapshot)
    assert audit(NOWHERE, settling_seconds=60).violations == []
    assert sources.times == 3


def test_a_source_that_stays_unavailable_is_named(see: Callable[..., FakeSources]) -> None:
    see(unavailable)
    with pytest.raises(SourceUnavailableError, match="the carrier"):
        audit(NOWHERE, settling_seconds=SETTLING_SECONDS)


def test_a_lost_dispute_is_named_and_is_no_violation(see: Callable[..., FakeSources]) -> None:
    see(a_consistent_snapshot)
    report = audit(NOWHERE, settling_seconds=SETTLING_SECONDS)
    assert report.violations == []
    assert list(report.disputed) == [
        "payment fulfilled: dispute du_fulfilled is lost (fraudulent, 4500 EUR)"
    ]
