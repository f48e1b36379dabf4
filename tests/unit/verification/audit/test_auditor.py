"""What is only on its way is waited for; what stays wrong is told; who can't be read is named."""

from collections.abc import Callable, Sequence
from itertools import chain, count, cycle, repeat
from pathlib import Path

import pytest

from tests.unit.verification.audit.consistent_snapshot import sound_world
from tests.unit.verification.audit.corruption import change
from verification.audit import Sources, WitnessError, audit, auditor
from verification.audit.snapshot import World

NOWHERE = Sources("sqlite:///nowhere.db", "", "", "", "")
PATIENCE_SECONDS = 0.3

Look = Callable[[], World]


def a_sound_world() -> World:
    return sound_world()


def a_lost_piece() -> World:
    world = sound_world()
    change(world.books.products, "lily", stock=9)
    return world


def nobody() -> World:
    raise WitnessError("Cannot read the carrier: away.")


class Witnesses:
    """One look after the other; the last one again and again."""

    def __init__(self, looks: Sequence[Look]) -> None:
        self.looks = chain(looks, repeat(looks[-1]))
        self.times = 0

    async def collect(self, sources: Sources, receipts: Path | None) -> World:
        assert (sources, receipts) == (NOWHERE, None)
        self.times += 1
        return next(self.looks)()


@pytest.fixture
def see(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Witnesses]:
    def prepare(*looks: Look) -> Witnesses:
        witnesses = Witnesses(looks)
        monkeypatch.setattr(auditor, "collect", witnesses.collect)
        monkeypatch.setattr(auditor, "FIRST_PAUSE_SECONDS", 0.01)
        return witnesses

    return prepare


def test_a_sound_world_is_looked_at_once(see: Callable[..., Witnesses]) -> None:
    witnesses = see(a_sound_world)
    report = audit(NOWHERE, patience=PATIENCE_SECONDS)
    assert (report.breaches, witnesses.times) == ([], 1)
    assert report.checked.startswith("9 orders, 9 payments, 6 transfers")


def test_what_was_on_its_way_is_no_breach(see: Callable[..., Witnesses]) -> None:
    witnesses = see(a_lost_piece, a_lost_piece, a_sound_world)
    assert audit(NOWHERE, patience=60).breaches == []
    assert witnesses.times == 3


def test_what_stays_wrong_is_a_breach(see: Callable[..., Witnesses]) -> None:
    witnesses = see(a_lost_piece)
    report = audit(NOWHERE, patience=PATIENCE_SECONDS)
    assert [breach.rule for breach in report.breaches] == ["no_piece_is_lost_or_made"]
    assert witnesses.times > 1
    assert report.seconds >= PATIENCE_SECONDS


def test_without_patience_one_look_is_enough(see: Callable[..., Witnesses]) -> None:
    witnesses = see(a_lost_piece)
    assert len(audit(NOWHERE, patience=0).breaches) == 1
    assert witnesses.times == 1


def test_what_is_wrong_in_another_way_each_time_is_a_breach(see: Callable[..., Witnesses]) -> None:
    """A system under load: what is lost stays lost while the numbers around it move."""
    stocks = count(100)

    def another() -> World:
        world = sound_world()
        change(world.books.products, "lily", stock=next(stocks))
        return world

    see(another)
    (breach,) = audit(NOWHERE, patience=PATIENCE_SECONDS).breaches
    assert breach.about == ("no_piece_is_lost_or_made", "product lily")
    assert f"but {next(stocks) - 1} in stock" in breach.finding


def test_what_is_wrong_elsewhere_each_time_is_told_as_unsettled(
    see: Callable[..., Witnesses],
) -> None:
    """Something is always under way, nothing stays; nobody may say that nothing is wrong."""
    piece_is_lost = cycle((True, False))

    def another() -> World:
        if next(piece_is_lost):
            return a_lost_piece()
        world = sound_world()
        change(world.books.orders, "fulfilled", total=1)
        return world

    see(another)
    report = audit(NOWHERE, patience=PATIENCE_SECONDS)
    assert report.breaches == []
    assert report.unsettled
    assert report.seconds >= 2 * PATIENCE_SECONDS


def test_a_witness_who_is_away_for_a_moment_is_waited_for(see: Callable[..., Witnesses]) -> None:
    witnesses = see(nobody, nobody, a_sound_world)
    assert audit(NOWHERE, patience=60).breaches == []
    assert witnesses.times == 3


def test_a_witness_who_stays_away_is_named(see: Callable[..., Witnesses]) -> None:
    see(nobody)
    with pytest.raises(WitnessError, match="the carrier"):
        audit(NOWHERE, patience=PATIENCE_SECONDS)
