"""One payment is charged once, whatever the card provider's search shows."""

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.verification.bugs import charges
from tests.verification.models.charge_runs import ChargeHarness, ChargeRun, open_harness
from tests.verification.models.searched_provider import Fault

pytestmark = pytest.mark.proof

RUNS = 100
BUGGY_RUNS = 300


def play_runs(harness: ChargeHarness, number: int) -> Counter[str]:
    """How often what was played."""
    return sum((ChargeRun(harness, seed).play() for seed in range(number)), start=Counter[str]())


@pytest.fixture
def harness(tmp_path: Path) -> Iterator[ChargeHarness]:
    """The activity with a database and a card provider of its own."""
    with open_harness(tmp_path) as harness:
        yield harness


def test_each_run_has_one_charge(harness: ChargeHarness) -> None:
    """Many more, and a single one again: `python -m tests.verification.models`."""
    played = play_runs(harness, RUNS)

    assert played["one charge"] == RUNS
    assert {*Fault} - {Fault.NONE} < played.keys(), "every fault occurs"
    assert played.keys() >= {"namesake", "second worker", "new key"}


@pytest.mark.parametrize(
    ("bug", "violation"),
    [
        (charges.compare_metadata_as_equal, "2 charges at the provider"),
        (charges.take_whatever_the_search_finds, "charges at the provider|another charge"),
        (charges.rotate_keys_early, "2 charges at the provider"),
        (charges.drop_idempotency_key, "[2-9] charges at the provider"),
        (charges.book_faults_as_declines, "not charged"),
    ],
    ids=lambda value: getattr(value, "__name__", "violation"),
)
def test_runs_catch(
    harness: ChargeHarness,
    monkeypatch: pytest.MonkeyPatch,
    bug: Callable[[pytest.MonkeyPatch], None],
    violation: str,
) -> None:
    bug(monkeypatch)

    with pytest.raises(AssertionError, match=violation):
        play_runs(harness, BUGGY_RUNS)
