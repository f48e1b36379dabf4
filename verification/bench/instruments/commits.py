"""Measures when events are committed: when another connection first reads them."""

import time
from collections.abc import Generator, Mapping
from contextlib import closing, contextmanager
from threading import Event, Thread

from storage import events
from storage.database import Database

Commits = dict[tuple[str, int], float]
"""Milliseconds since 1970, by stream and sequence number."""

POLL_SECONDS = 0.003
"""The interval between two reads, and thus the largest error."""


@contextmanager
def watching(database_url: str, streams: Mapping[str, int]) -> Generator[Commits]:
    """Yield the commits of events after those sequence numbers; it grows during the block."""
    commits: Commits = {}
    stopped = Event()

    def poll(database: Database) -> None:
        last = dict(streams)
        while not stopped.wait(POLL_SECONDS):
            for stream in streams:
                with database.read() as tx:
                    found = events.of_stream(tx, stream, after=last[stream])
                now = time.time() * 1000
                for event in found:
                    last[stream] = event.sequence
                    commits[stream, event.sequence] = now

    with closing(Database(database_url)) as database:
        thread = Thread(target=poll, args=(database,))
        thread.start()
        try:
            yield commits
        finally:
            stopped.set()
            thread.join()
