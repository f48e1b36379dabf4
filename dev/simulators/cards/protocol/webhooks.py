"""Sends webhooks as https://docs.stripe.com/webhooks describes.

An event is stored in the transaction in which it happened, and sent until it is answered with 2xx,
if necessary by a later process. `/_webhooks` lists the events, and takes switches:

    {"copies": 2}          each event is sent so many times
    {"reorder": true}      events are held back for a moment, and the newest is sent first
    {"lose": true}         events are never sent
    {"lose": ["…"]}        events of these types are never sent
    {"livemode": true}     events say that they are of the other mode than the API key
    {"account": "acct_1"}  events are of a connected account
    {"api_version": "…"}   events are of another version of the API
"""

import asyncio
import hmac
import json
import time
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any

import httpx
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from dev.simulators.cards.protocol.wire import API_VERSION
from dev.simulators.cards.store.ids import new_id
from dev.simulators.database import Database

SCHEMA = """
CREATE TABLE IF NOT EXISTS webhooks (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    event TEXT NOT NULL,
    type TEXT NOT NULL,
    body TEXT NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    due REAL,
    answered INTEGER
);
CREATE INDEX IF NOT EXISTS webhooks_due ON webhooks (due);
"""

TIMEOUT_SECONDS = 10.0
"""Of one attempt."""

FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.5, 60.0
"""Between two attempts; Stripe's are longer, and it gives up after three days."""

REORDER_SECONDS = 1.0
"""How long an event is held back, so that newer ones can be sent before it."""


@dataclass(frozen=True)
class Endpoint:
    """Where webhooks are sent, and the secrets that they are signed with."""

    url: str
    secrets: tuple[str, ...]


class Switches(BaseModel):
    """The switches named in the module's docstring."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    copies: int = Field(default=1, ge=1, le=10)
    reorder: bool = False
    lose: bool | tuple[str, ...] = False
    livemode: bool | None = None
    account: str | None = None
    api_version: str = API_VERSION

    def loses(self, type: str) -> bool:
        """Whether events of that type are never sent."""
        return self.lose if isinstance(self.lose, bool) else type in self.lose


class Webhooks:
    """An outbox of events, and its sender."""

    def __init__(
        self, database: Database, endpoint: Endpoint | None, *, livemode: bool = False
    ) -> None:
        """`database` has `SCHEMA`; without an endpoint nothing is sent."""
        self._livemode = livemode
        self._database = database
        self._endpoint = endpoint
        self._switches = Switches()
        self._added = asyncio.Event()

    def add(self, type: str, object: Mapping[str, Any]) -> None:
        """Adds an event of that type about the object; the caller owns the transaction."""
        if self._endpoint is None:
            return
        now = time.time()
        livemode = self._switches.livemode
        event = {
            "id": new_id("evt"),
            "object": "event",
            "account": self._switches.account,
            "api_version": self._switches.api_version,
            "created": int(now),
            "data": {"object": object},
            "livemode": self._livemode if livemode is None else livemode,
            "pending_webhooks": 1,
            "request": {"id": None, "idempotency_key": None},
            "type": type,
        }
        due = now + (REORDER_SECONDS if self._switches.reorder else 0)
        if self._switches.reorder:
            later = "UPDATE webhooks SET due = ? WHERE due IS NOT NULL AND attempts = 0"
            self._database.execute(later, due)
        for _ in range(self._switches.copies):
            self._database.execute(
                "INSERT INTO webhooks (event, type, body, due) VALUES (?, ?, ?, ?)",
                event["id"],
                type,
                json.dumps(event),
                None if self._switches.loses(type) else due,
            )
        self._added.set()

    @asynccontextmanager
    async def sending(self) -> AsyncGenerator[None]:
        """Sends what is due, while the block runs."""
        if self._endpoint is None:
            yield
            return
        async with httpx.AsyncClient(timeout=TIMEOUT_SECONDS, trust_env=False) as http:
            task = asyncio.create_task(self._send_all(http, self._endpoint))
            try:
                yield
            finally:
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task

    async def serve(self, request: Request) -> Response:
        """Answers `/_webhooks`."""
        if request.method == "POST":
            try:
                self._switches = Switches.model_validate_json(await request.body())
            except ValidationError as error:
                details = error.errors(include_url=False, include_context=False)
                return JSONResponse({"errors": details}, status_code=422)
        elif request.method == "DELETE":
            self._switches = Switches()
        rows = self._database.all(
            "SELECT event, type, attempts, answered, coalesce("
            "  json_extract(body, '$.data.object.payment_intent'),"
            "  json_extract(body, '$.data.object.id')) AS intent FROM webhooks ORDER BY seq"
        )
        events = [dict(row) for row in rows]
        return JSONResponse({"switches": self._switches.model_dump(), "events": events})

    async def _send_all(self, http: httpx.AsyncClient, endpoint: Endpoint) -> None:
        while True:
            self._added.clear()
            newest_first = "DESC" if self._switches.reorder else "ASC"
            row = self._database.one(
                f"SELECT * FROM webhooks WHERE due <= ? ORDER BY seq {newest_first} LIMIT 1",  # noqa: S608  one of two words
                time.time(),
            )
            if row is None:
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._added.wait(), self._pause())
                continue
            answered = await _send(http, endpoint, row["body"])
            pause = min(FIRST_PAUSE_SECONDS * 2 ** row["attempts"], LONGEST_PAUSE_SECONDS)
            self._database.execute(
                "UPDATE webhooks SET attempts = attempts + 1, due = ?, answered = ? WHERE seq = ?",
                None if httpx.codes.is_success(answered or 0) else time.time() + pause,
                answered,
                row["seq"],
            )

    def _pause(self) -> float | None:
        """Seconds until the next event is due; None if there is none."""
        row = self._database.one("SELECT min(due) AS due FROM webhooks")
        if row is None or row["due"] is None:
            return None
        return max(0.0, row["due"] - time.time())


async def _send(http: httpx.AsyncClient, endpoint: Endpoint, body: str) -> int | None:
    """The HTTP status of the answer; None if there was none."""
    headers = {"Content-Type": "application/json", "Stripe-Signature": _signature(endpoint, body)}
    try:
        answer = await http.post(endpoint.url, content=body, headers=headers)
    except httpx.HTTPError:
        return None
    return answer.status_code


def _signature(endpoint: Endpoint, body: str) -> str:
    """By https://docs.stripe.com/webhooks#verify-manually."""
    now = int(time.time())
    signed = f"{now}.{body}".encode()
    signatures = [hmac.digest(key.encode(), signed, "sha256").hex() for key in endpoint.secrets]
    return ",".join([f"t={now}", *(f"v1={signature}" for signature in signatures)])
