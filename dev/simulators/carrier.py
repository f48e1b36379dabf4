"""The carrier: books and recalls shipments, over HTTP.

The reference, chosen by the caller, is the idempotency key: booking it again with the same content
is answered with the same shipment, with other content with 409. The recall of an unknown reference
is answered with 404 but stored: a booking that arrives later is refused with 409, so that recalled
goods are not shipped after all.
"""

import json
import secrets
from pathlib import Path
from sqlite3 import Row
from typing import Annotated, Any

from fastapi import FastAPI, HTTPException, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.types import ASGIApp

from dev.simulators.database import Database
from dev.simulators.faults import Faults, FaultyHttp, Mode
from dev.simulators.server import arguments, serve

SCHEMA = """
CREATE TABLE IF NOT EXISTS shipments (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    reference TEXT NOT NULL UNIQUE,
    id TEXT NOT NULL,
    tracking_number TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('booked', 'recalled')),
    content TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS recalls (reference TEXT PRIMARY KEY);
"""

Text = Annotated[str, Field(min_length=1, max_length=200)]


class Line(BaseModel):
    """A quantity of one product."""

    model_config = ConfigDict(extra="forbid")

    sku: Text
    quantity: Annotated[int, Field(ge=1)]


class Booking(BaseModel):
    """A shipment to be booked."""

    model_config = ConfigDict(extra="forbid")

    reference: Text
    customer: Text
    lines: Annotated[list[Line], Field(min_length=1)]


class Carrier:
    """The carrier's endpoints over one SQLite file."""

    def __init__(self, path: Path) -> None:
        """Opens the database."""
        self._database = Database(path, SCHEMA)
        self._faults = Faults()

    def asgi(self) -> ASGIApp:
        """The application to serve."""
        app = FastAPI(title="Carrier")
        app.add_api_route("/healthz", _healthz)
        app.add_api_route("/shipments", self.list_shipments, methods=["GET"])
        app.add_api_route("/shipments", self.book, methods=["POST"])
        app.add_api_route("/shipments/{reference:path}/recall", self.recall, methods=["POST"])
        app.add_api_route("/shipments/{reference:path}", self.get_shipment, methods=["GET"])
        return FaultyHttp(app, self._faults)

    async def list_shipments(self, after: int = 0, limit: int = -1) -> dict[str, Any]:
        """All shipments, oldest first; or a page of `limit`, `after` the last page's `next`."""
        rows = self._database.all(
            "SELECT * FROM shipments WHERE seq > ? ORDER BY seq LIMIT ?", after, limit
        )
        return {
            "shipments": [_shipment(row) for row in rows],
            "next": rows[-1]["seq"] if len(rows) == limit else None,
        }

    async def get_shipment(self, reference: str) -> dict[str, Any]:
        """The shipment with this reference."""
        if row := self._row(reference):
            return _shipment(row)
        raise HTTPException(404, f"There is no shipment {reference!r}.")

    async def book(self, booking: Booking, request: Request, response: Response) -> dict[str, Any]:
        """Books a shipment: 201, or 200 if it was booked before."""
        broken = await self._before_effect(request)
        content = json.dumps(booking.model_dump(), sort_keys=True)
        with self._database.transaction():
            row = self._row(booking.reference)
            if row and row["content"] != content:
                raise HTTPException(409, f"{booking.reference!r} is booked with other content.")
            if not row:
                if self._database.one(
                    "SELECT 1 FROM recalls WHERE reference = ?", booking.reference
                ):
                    raise HTTPException(409, f"{booking.reference!r} was recalled already.")
                self._database.execute(
                    "INSERT INTO shipments (reference, id, tracking_number, status, content)"
                    " VALUES (?, ?, ?, 'booked', ?)",
                    booking.reference,
                    f"shp_{secrets.token_hex(8)}",
                    f"TN{secrets.randbelow(10**12):012}",
                    content,
                )
        if broken:
            raise HTTPException(500, "Something went wrong.")
        response.status_code = 200 if row else 201
        return await self.get_shipment(booking.reference)

    async def recall(self, reference: str, request: Request) -> dict[str, Any]:
        """Recalls a shipment; recalling it again changes nothing."""
        broken = await self._before_effect(request)
        with self._database.transaction():
            self._database.execute("INSERT OR IGNORE INTO recalls VALUES (?)", reference)
            self._database.execute(
                "UPDATE shipments SET status = 'recalled' WHERE reference = ?", reference
            )
        if broken:
            raise HTTPException(500, "Something went wrong.")
        return await self.get_shipment(reference)

    async def _before_effect(self, request: Request) -> bool:
        """Whether the request must fail after its effect."""
        path = request.url.path
        await self._faults.pause(path)
        broken = self._faults.strikes(Mode.ERROR_500, path)
        if broken and not broken.after_effect:
            raise HTTPException(500, "Something went wrong.")
        return broken is not None

    def _row(self, reference: str) -> Row | None:
        return self._database.one("SELECT * FROM shipments WHERE reference = ?", reference)


def _shipment(row: Row) -> dict[str, Any]:
    return {
        "id": row["id"],
        "tracking_number": row["tracking_number"],
        "status": row["status"],
        **json.loads(row["content"]),
    }


async def _healthz() -> dict[str, str]:
    return {"status": "ok"}


if __name__ == "__main__":
    given = arguments("A carrier.", port=8102).parse_args()
    serve(Carrier(given.db).asgi(), given.host, given.port)
