"""Makes transactions overlap, deterministically."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from threading import Barrier, Event
from typing import TypeVar

from sqlalchemy import Connection, text

from storage.database import Database
from tests.support.databases import opened
from tests.support.processes import eventually

Result = TypeVar("Result")
Effect = Callable[[Connection], Result]


def overlapping(
    database: Database, first: Effect[Result], second: Effect[Result] | None = None
) -> tuple[Result, Result]:
    """What two transactions return of which the second waits when the first one commits.

    The second, by default the same again, has connections of its own, as another process has.
    Raises what the second one raises.
    """
    begun = Event()

    def in_second() -> Result:
        with opened(str(database.url)) as other:
            begun.set()
            with other.write() as tx:
                return (second or first)(tx)

    with ThreadPoolExecutor(1) as pool:
        with _other_waiting(database, begun) as await_other, database.write() as tx:
            result = first(tx)
            future: Future[Result] = pool.submit(in_second)
            await_other()
        return result, future.result()


def at_once(count: int, work: Callable[[int], Result]) -> list[Result]:
    """What `work(0)` … `work(count - 1)` return, all begun together in threads."""
    barrier = Barrier(count)

    def run(number: int) -> Result:
        barrier.wait()
        return work(number)

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))


@contextmanager
def _other_waiting(database: Database, begun: Event) -> Iterator[Callable[[], None]]:
    """A function that returns once the other transaction waits for ours.

    SQLite does not show waiting transactions: there it has at least begun, and can't continue.
    """
    if database.is_sqlite:
        yield lambda: eventually(begun.is_set, "the other transaction begun")
        return
    waiting = text(
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    with database.engine.connect() as observer:
        autocommit = observer.execution_options(isolation_level="AUTOCOMMIT")
        yield lambda: eventually(
            lambda: autocommit.execute(waiting).scalar_one() == 1, "the other transaction waiting"
        )
