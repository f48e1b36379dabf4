"""The worker is killed at every failpoint of every activity: it is done again, and nothing twice.

All orders are under way at once, each with one point armed, so that this takes minutes, not hours.
"""

import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from storage.database import Database
from tests.support.audits import assert_as_recorded, assert_consistent
from tests.support.failpoint_orders import Played, played
from tests.support.failpoint_scenarios import SCENARIOS
from tests.support.fakes import FakeCards, FakeCarrier
from verification.chaos.failpoints import POINTS, Failpoint, failpoints
from worker import Contexts

pytestmark = [pytest.mark.proof, pytest.mark.timeout(1800)]


@pytest.fixture(scope="module")
def all_played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Played]:
    """An order for every failpoint there is."""
    with played(tmp_path_factory.mktemp("failpoints"), failpoints(), SCENARIOS) as all_played:
        yield all_played


def test_no_activity_is_without_failpoints_or_order(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/orders.db")
    contexts = Contexts(database, FakeCards(), FakeCarrier(), timedelta(0))
    activities = {one.__name__ for queue in contexts.activities.values() for one in queue}

    assert set(POINTS) == activities
    assert set(SCENARIOS) == {name for name in activities if POINTS[name]}


@pytest.mark.parametrize("failpoint", failpoints(), ids=str)
def test_killed_at(all_played: Played, failpoint: Failpoint) -> None:
    assert all_played.recovery_seconds(failpoint) > 0
    all_played.assert_done_once(failpoint)


def test_nothing_is_done_between_points_unknown(all_played: Played) -> None:
    """An activity that commits or asks once more than it is known to has points to be added.

    Each activity in the orders that are its own: in others it may have more to do.
    """
    own = {(failpoint.activity, story.workflow) for failpoint, story in all_played.stories.items()}
    come_by = {
        (one.activity, one.point)
        for one in all_played.registry.journal()
        if (one.activity, one.workflow) in own
    }

    assert come_by == {(one.activity, one.point) for one in failpoints()}


def test_what_was_recorded_between_kills_is_replayed(all_played: Played) -> None:
    assert_as_recorded(all_played.stack)


def test_the_audit_finds_nothing(all_played: Played, capsys: pytest.CaptureFixture[str]) -> None:
    assert_consistent(all_played.stack)
    seconds = {one: all_played.recovery_seconds(one) for one in all_played.stories}
    lines = [f"{seconds[one]:5.1f}  {one}" for one in sorted(seconds, key=lambda one: seconds[one])]
    with capsys.disabled():
        sys.stdout.write("\n".join(["\nseconds from the kill to the next execution:", *lines, ""]))
