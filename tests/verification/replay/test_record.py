"""The recorder adds what is new, and replaces nothing that may be under way."""

import re
import shutil
from pathlib import Path

import pytest

from tests.integration.workflows.harness import Harness
from tests.verification.bugs import sequence
from tests.verification.replay import fingerprints
from tests.verification.replay.order_stories import orders_that_are_fulfilled
from tests.verification.replay.player import Play
from tests.verification.replay.record import (
    FINGERPRINTS,
    HISTORIES,
    ChangedSequenceError,
    derive,
    keep,
    read_histories,
)

NAME = "order-fulfilled-charge_first+sparing"
PATCHED = f"order-fulfilled-charge_first+{sequence.PATCH_NAME}+sparing"


class Committed:
    """A copy of what is committed."""

    def __init__(self, folder: Path) -> None:
        self.histories = shutil.copytree(HISTORIES, folder / "histories")
        self.fingerprints = shutil.copytree(FINGERPRINTS, folder / "fingerprints")

    async def keep(self, played: dict[str, str], *, replace: bool = False) -> None:
        await keep(played, self.histories, self.fingerprints, replace=replace)

    def files(self) -> dict[str, str]:
        folders = (self.histories, self.fingerprints)
        return {path.name: path.read_text() for folder in folders for path in folder.iterdir()}

    def commands(self) -> dict[str, list[str]]:
        return fingerprints.read(self.fingerprints)


@pytest.fixture
def committed(tmp_path: Path) -> Committed:
    return Committed(tmp_path)


async def played(harness: Harness) -> dict[str, str]:
    play = Play(harness)
    await orders_that_are_fulfilled(play)
    return play.kept


async def test_what_comes_about_as_before_is_left_alone(
    harness: Harness, committed: Committed
) -> None:
    before = committed.files()

    await committed.keep(await played(harness))

    assert committed.files() == before


async def test_a_changed_sequence_is_refused_and_nothing_is_written(
    harness: Harness, committed: Committed, unsandboxed: pytest.MonkeyPatch
) -> None:
    before = committed.files()
    sequence.add_activity(unsandboxed)
    changed = await played(harness)

    refusal = rf"{re.escape(NAME)} is there already(.|\n)*patched\("
    with pytest.raises(ChangedSequenceError, match=refusal):
        await committed.keep(changed)
    assert committed.files() == before


async def test_histories_are_replaced_when_somebody_says_that_nothing_is_under_way(
    harness: Harness, committed: Committed, unsandboxed: pytest.MonkeyPatch
) -> None:
    sequence.add_activity(unsandboxed)

    await committed.keep(await played(harness), replace=True)

    assert committed.commands()[NAME].count("activity fetch_goods") == 2


async def test_a_patched_sequence_gets_histories_beside_the_old_ones(
    harness: Harness, committed: Committed, unsandboxed: pytest.MonkeyPatch
) -> None:
    before = committed.files()
    sequence.add_activity_for_new_orders(unsandboxed)

    await committed.keep(await played(harness))

    assert committed.files()[f"{NAME}.json"] == before[f"{NAME}.json"]
    assert (committed.histories / f"{PATCHED}.json").exists()
    assert f"patched {sequence.PATCH_NAME}" in committed.commands()[PATCHED]


async def test_fingerprints_are_derived_from_the_histories_alone(committed: Committed) -> None:
    before = committed.commands()
    (committed.fingerprints / "order.txt").write_text(f"{NAME}\n  something else\n")

    await derive(read_histories(committed.histories), committed.fingerprints)

    assert committed.commands() == before
