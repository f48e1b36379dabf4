"""The event log, the only thing that the services of the chain share: one SQLite file."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from sqlite3 import Row
from typing import Any

from dev.simulators.database import Database

SCHEMA = """
CREATE TABLE IF NOT EXISTS events (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    number INTEGER NOT NULL,
    type TEXT NOT NULL,
    service TEXT NOT NULL,
    data TEXT NOT NULL,
    at TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS wiring (name TEXT NOT NULL);
INSERT INTO wiring SELECT 'charge_first' WHERE NOT EXISTS (SELECT 1 FROM wiring);
"""

FIRST_ORDER = 17
"""Where is order 17? There is nothing to count below it."""


class Wiring(StrEnum):
    """Which services listen to which events; all of them are rewired at the same moment."""

    CHARGE_FIRST = "charge_first"
    CHARGE_LATER = "charge_later"


@dataclass(frozen=True)
class Event:
    """What happened to the order with this number.

    `data` is that of the order: each event passes it on, as its listeners know nothing else.
    """

    position: int
    number: int
    type: str
    service: str
    data: Mapping[str, Any]
    at: str

    def as_json(self) -> dict[str, Any]:
        """For people: without the order's data."""
        return {name: value for name, value in asdict(self).items() if name != "data"}


class EventLog:
    """Appends events and reads them in their order. Several processes may use the same file."""

    def __init__(self, folder: Path) -> None:
        """Opens `log.db` in the folder, or creates it."""
        self._database = Database(folder / "log.db", SCHEMA)

    @property
    def wiring(self) -> Wiring:
        """The wiring that holds now."""
        [row] = self._database.all("SELECT name FROM wiring")
        return Wiring(row["name"])

    def rewire(self, wiring: Wiring) -> None:
        """Events that are read from now on are handled by this wiring; orders keep none."""
        self._database.execute("UPDATE wiring SET name = ?", wiring)

    def place_order(self, data: Mapping[str, Any]) -> int:
        """Append OrderPlaced; returns the order's number."""
        with self._database.transaction():
            row = self._database.one("SELECT max(number) AS last FROM events")
            last = row["last"] if row else None
            number = FIRST_ORDER if last is None else last + 1
            self.append(number, "OrderPlaced", "shop", data)
        return number

    def append(self, number: int, type: str, service: str, data: Mapping[str, Any]) -> None:
        """Append an event, whether or not there is one like it already."""
        self._database.execute(
            "INSERT INTO events (number, type, service, data, at) VALUES (?, ?, ?, ?, ?)",
            *(number, type, service, json.dumps(data), datetime.now(UTC).isoformat()),
        )

    def after(self, position: int) -> Event | None:
        """The next event; None if there is none yet."""
        row = self._database.one(
            "SELECT * FROM events WHERE position > ? ORDER BY position LIMIT 1", position
        )
        return _event(row) if row else None

    def of_order(self, number: int) -> list[Event]:
        """The order's events; empty if there is no such order."""
        rows = self._database.all("SELECT * FROM events WHERE number = ? ORDER BY position", number)
        return [_event(row) for row in rows]

    def last_orders(self, count: int) -> list[int]:
        """The numbers of the last orders, newest first."""
        rows = self._database.all(
            "SELECT DISTINCT number FROM events ORDER BY number DESC LIMIT ?", count
        )
        return [row["number"] for row in rows]

    def close(self) -> None:
        """Closes the file."""
        self._database.close()


def _event(row: Row) -> Event:
    return Event(**{**dict(row), "data": json.loads(row["data"])})
