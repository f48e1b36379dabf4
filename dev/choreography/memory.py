"""What one service of the chain remembers, in an SQLite file of its own."""

from pathlib import Path

from dev.choreography.event_log import Event
from dev.simulators.database import Database

SCHEMA = """
CREATE TABLE IF NOT EXISTS position (value INTEGER NOT NULL);
INSERT INTO position SELECT 0 WHERE NOT EXISTS (SELECT 1 FROM position);
CREATE TABLE IF NOT EXISTS done (number INTEGER NOT NULL, type TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS stock (pieces INTEGER NOT NULL);
INSERT INTO stock SELECT 100 WHERE NOT EXISTS (SELECT 1 FROM stock);
"""


class Memory:
    """How far a service has read the log, which events it appended, and its stock."""

    def __init__(self, folder: Path, service: str) -> None:
        """Opens the service's file in the folder, or creates it."""
        self._database = Database(folder / f"{service}.db", SCHEMA)

    @property
    def position(self) -> int:
        """The position of the last event that was handled."""
        [row] = self._database.all("SELECT value FROM position")
        return row["value"]

    def handled(self, event: Event, appended: tuple[str, ...]) -> None:
        """Remember that the event is handled, and which events were appended in answer."""
        with self._database.transaction():
            for type in appended:
                self._database.execute("INSERT INTO done VALUES (?, ?)", event.number, type)
            self._database.execute("UPDATE position SET value = ?", event.position)

    def appended(self, number: int) -> list[str]:
        """The types of the events that it appended to this order."""
        rows = self._database.all("SELECT type FROM done WHERE number = ? ORDER BY rowid", number)
        return [row["type"] for row in rows]

    @property
    def stock(self) -> int:
        """Pieces in stock; only the inventory has a use for it."""
        [row] = self._database.all("SELECT pieces FROM stock")
        return row["pieces"]

    def take(self, pieces: int) -> bool:
        """Take pieces out of the stock; False, and nothing is taken, if there are too few."""
        with self._database.transaction():
            is_enough = self.stock >= pieces
            if is_enough:
                self._database.execute("UPDATE stock SET pieces = pieces - ?", pieces)
        return is_enough

    def close(self) -> None:
        """Closes the file."""
        self._database.close()
