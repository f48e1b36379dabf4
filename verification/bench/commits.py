"""When events are committed: as soon as another connection reads them."""

import time
from collections.abc import Generator, Mapping
from contextlib import closing, contextmanager
from threading import Event, Thread

from storage import events
from storage.database import Database

Commits = dict[tuple[str, int], float]
"""Milliseconds since 1970, by stream and sequence number."""

LOOK_SECONDS = 0.003
"""As much as a moment may be too late."""


@contextmanager
def watching(database_url: str, streams: Mapping[str, int]) -> Generator[Commits]:
    """Fills what it gives while the block runs, with what comes behind those sequence numbers."""
    commits: Commits = {}
    over = Event()

    def look(database: Database) -> None:
        last = dict(streams)
        while not over.wait(LOOK_SECONDS):
            for stream in streams:
                with database.read() as tx:
                    found = events.of_stream(tx, stream, after=last[stream])
                now = time.time() * 1000
                for event in found:
                    last[stream] = event.sequence
                    commits[stream, event.sequence] = now

    with closing(Database(database_url)) as database:
        thread = Thread(target=look, args=(database,))
        thread.start()
        try:
            yield commits
        finally:
            over.set()
            thread.join()
