"""A canceled activity, or one whose worker stops, runs to its end in its thread."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import chain
from pathlib import Path
from threading import Event

from temporalio.activity import _Definition
from temporalio.testing import ActivityEnvironment

from activities.uninterrupted import uninterrupted_activity
from storage.database import Database
from tests.support.fakes import FakeCards, FakeCarrier
from worker import Contexts

ATTEMPT_SECONDS = 60.0


class Held:
    """An activity that waits in the middle until the test lets it go on."""

    def __init__(self) -> None:
        self.begun, self.may_go_on = Event(), Event()

    @uninterrupted_activity
    def activity(self) -> str:
        self.begun.set()
        assert self.may_go_on.wait(ATTEMPT_SECONDS)
        return "done"


def test_a_cancellation_does_not_interrupt_it() -> None:
    held, environment = Held(), ActivityEnvironment()
    with ThreadPoolExecutor(1) as threads:
        running = threads.submit(environment.run, held.activity)
        assert held.begun.wait(ATTEMPT_SECONDS)

        environment.cancel()
        held.may_go_on.set()

        assert running.result(ATTEMPT_SECONDS) == "done"


def test_no_activity_of_the_worker_is_interrupted(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/orders.db")
    contexts = Contexts(database, FakeCards(), FakeCarrier(), timedelta(0))
    activities = list(chain.from_iterable(contexts.activities.values()))

    interrupted = [one.__name__ for one in activities if _is_interrupted(one)]

    assert activities
    assert not interrupted
    database.close()


def _is_interrupted(activity: object) -> bool:
    definition = _Definition.must_from_callable(activity)  # pyright: ignore[reportArgumentType]
    return not definition.is_async and not definition.no_thread_cancel_exception
