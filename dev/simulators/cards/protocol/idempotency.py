"""Idempotency keys, by the rules of https://docs.stripe.com/api/idempotent_requests.

For 24 hours, the first answer for a key is repeated, even a 500. An answer that refused a request
before its execution began is not stored: the caller raises it before, or outside of, `once`; nor is
a 429, https://docs.stripe.com/rate-limits.
"""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from dev.simulators.cards.protocol.errors import (
    IdempotencyError,
    InternalError,
    InvalidRequestError,
    LockTimeoutError,
    StripeError,
)
from dev.simulators.database import Database
from dev.simulators.faults import Faults, Mode

SCHEMA = """
CREATE TABLE IF NOT EXISTS answers (
    key TEXT PRIMARY KEY,
    endpoint TEXT NOT NULL,
    parameters TEXT NOT NULL,
    created REAL NOT NULL,
    request TEXT NOT NULL,
    status INTEGER NOT NULL,
    body TEXT NOT NULL
);
"""

LONGEST_KEY = 255


@dataclass(frozen=True)
class Answer:
    """An answer; a repeated one has the id of the request that first got it as `original`."""

    status: int
    body: dict[str, Any]
    original: str | None = None


@dataclass(frozen=True)
class Call:
    """A request that changes something; `request` is its id.

    `object` is the id of the object that it changes; other requests can't change it meanwhile.
    """

    request: str
    endpoint: str
    key: str | None
    parameters: dict[str, object]
    object: str | None = None

    @property
    def fingerprint(self) -> str:
        """Equal for equal parameters."""
        return json.dumps(self.parameters, sort_keys=True)


class Idempotency:
    """Gives every call its effect once per key."""

    def __init__(self, database: Database, faults: Faults, window_seconds: float) -> None:
        """`database` has `SCHEMA`; keys are valid for the window."""
        self._database = database
        self._faults = faults
        self._window = window_seconds
        self._in_use: set[str] = set()
        self._locked: set[str] = set()

    async def once(self, call: Call, effect: Callable[[], dict[str, Any]]) -> Answer:
        """The answer to a call; `effect` runs in the transaction that stores its answer.

        Raises LockTimeoutError if another call is changing the object.
        """
        key = call.key
        if key is None:
            return await self._locking(call, effect)
        if len(key) > LONGEST_KEY:
            raise IdempotencyError("Idempotency keys are up to 255 characters long.")
        if key in self._in_use:
            raise IdempotencyError(
                "There is currently another in-progress request using this Idempotent Key (that "
                "probably means you submitted twice, and the other request is still going "
                f"through): {key}. Please try again later.",
                code="idempotency_key_in_use",
                status=409,
            )
        if stored := self._stored(call, key):
            return stored
        self._in_use.add(key)
        try:
            return await self._locking(call, effect)
        finally:
            self._in_use.discard(key)

    async def _locking(self, call: Call, effect: Callable[[], dict[str, Any]]) -> Answer:
        if self._faults.strikes(Mode.LOCK_TIMEOUT, call.endpoint):
            raise LockTimeoutError
        if self._faults.strikes(Mode.REFUSE, call.endpoint):
            raise InvalidRequestError("Received unknown parameter: the fault `refuse` is in force.")
        if call.object is None:
            return await self._execute(call, effect)
        if call.object in self._locked:
            raise LockTimeoutError
        self._locked.add(call.object)
        try:
            return await self._execute(call, effect)
        finally:
            self._locked.discard(call.object)

    def _stored(self, call: Call, key: str) -> Answer | None:
        oldest = time.time() - self._window
        row = self._database.one("SELECT * FROM answers WHERE key = ? AND created > ?", key, oldest)
        if row is None:
            return None
        if row["endpoint"] != call.endpoint:
            raise IdempotencyError(
                "Keys for idempotent requests can only be used for the same endpoint they were "
                f"first used for ('{call.endpoint}' vs '{row['endpoint']}'). Try using a key other "
                f"than '{key}' if you meant to execute a different request."
            )
        if row["parameters"] != call.fingerprint:
            raise IdempotencyError(
                "Keys for idempotent requests can only be used with the same parameters they were "
                f"first used with. Try using a key other than '{key}' if you meant to execute a "
                "different request."
            )
        return Answer(row["status"], json.loads(row["body"]), original=row["request"])

    async def _execute(self, call: Call, effect: Callable[[], dict[str, Any]]) -> Answer:
        await self._faults.pause(call.endpoint)
        broken = self._faults.strikes(Mode.ERROR_500, call.endpoint)
        with self._database.transaction():
            try:
                if broken and not broken.after_effect:
                    raise InternalError
                answer = Answer(200, effect())
                if broken:
                    raise InternalError
            except StripeError as error:
                # An error is an answer like any other: a declined charge is stored.
                answer = Answer(error.status, error.body)
            if call.key is not None:
                self._database.execute(
                    "INSERT OR REPLACE INTO answers VALUES (?, ?, ?, ?, ?, ?, ?)",
                    call.key,
                    call.endpoint,
                    call.fingerprint,
                    time.time(),
                    call.request,
                    answer.status,
                    json.dumps(answer.body),
                )
        return answer
