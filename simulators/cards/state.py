"""What the card provider remembers: every charge tried and every refund given."""

import json
import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from sqlite3 import Row
from typing import Literal

from simulators.database import Database

SCHEMA = """
CREATE TABLE IF NOT EXISTS intents (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    created INTEGER NOT NULL,
    amount INTEGER NOT NULL CHECK (amount > 0),
    currency TEXT NOT NULL,
    payment_method TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('succeeded', 'requires_payment_method')),
    charge TEXT NOT NULL,
    metadata TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS intents_payment ON intents (json_extract(metadata, '$."payment"'));
CREATE TABLE IF NOT EXISTS refunds (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    created INTEGER NOT NULL,
    amount INTEGER NOT NULL CHECK (amount > 0),
    intent TEXT NOT NULL REFERENCES intents (id),
    reason TEXT,
    metadata TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS refunds_intent ON refunds (intent);
"""

Table = Literal["intents", "refunds"]


@dataclass(frozen=True)
class Intent:
    """A PaymentIntent, confirmed; `amount` in minor units, `created` in seconds since 1970."""

    seq: int
    id: str
    created: int
    amount: int
    currency: str
    payment_method: str
    status: str
    charge: str
    metadata: Mapping[str, str]


@dataclass(frozen=True)
class Refund:
    """A refund; `amount` in minor units, `created` in seconds since 1970."""

    seq: int
    id: str
    created: int
    amount: int
    intent: str
    reason: str | None
    metadata: Mapping[str, str]


@dataclass(frozen=True)
class Filter:
    """A condition on the rows of a listing, and its values."""

    condition: str
    values: Sequence[object] = ()


class State:
    """Reads and writes; the caller owns the transaction."""

    def __init__(self, database: Database) -> None:
        """`database` has `SCHEMA`."""
        self._database = database

    def add_intent(
        self,
        *,
        amount: int,
        currency: str,
        payment_method: str,
        succeeded: bool,
        metadata: Mapping[str, str],
    ) -> Intent:
        """Records a charge that was taken, or declined."""
        id = _new_id("pi")
        self._database.execute(
            "INSERT INTO intents (id, created, amount, currency, payment_method, status, charge,"
            " metadata) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            id,
            int(time.time()),
            amount,
            currency,
            payment_method,
            "succeeded" if succeeded else "requires_payment_method",
            _new_id("ch"),
            json.dumps(dict(metadata)),
        )
        return _intent(self._one("SELECT * FROM intents WHERE id = ?", id))

    def intent(self, id: str) -> Intent | None:
        """A PaymentIntent by its id."""
        row = self._database.one("SELECT * FROM intents WHERE id = ?", id)
        return _intent(row) if row else None

    def intent_of_charge(self, charge: str) -> Intent | None:
        """The PaymentIntent that made a charge."""
        row = self._database.one("SELECT * FROM intents WHERE charge = ?", charge)
        return _intent(row) if row else None

    def intent_of_refund(self, refund: Refund) -> Intent:
        """The PaymentIntent whose charge was refunded."""
        return _intent(self._one("SELECT * FROM intents WHERE id = ?", refund.intent))

    def add_refund(
        self, intent: Intent, amount: int, reason: str | None, metadata: Mapping[str, str]
    ) -> Refund:
        """Records money given back."""
        id = _new_id("re")
        self._database.execute(
            "INSERT INTO refunds (id, created, amount, intent, reason, metadata)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            id,
            int(time.time()),
            amount,
            intent.id,
            reason,
            json.dumps(dict(metadata)),
        )
        return _refund(self._one("SELECT * FROM refunds WHERE id = ?", id))

    def refunded(self, intent: Intent) -> int:
        """What was given back of a charge, in minor units."""
        query = "SELECT coalesce(sum(amount), 0) AS sum FROM refunds WHERE intent = ?"
        return int(self._one(query, intent.id)["sum"])

    def intents(self, *filters: Filter, limit: int, oldest_first: bool = False) -> list[Intent]:
        """PaymentIntents that every filter lets through."""
        return [
            _intent(row) for row in self._rows("intents", filters, limit, oldest_first=oldest_first)
        ]

    def refunds(self, *filters: Filter, limit: int, oldest_first: bool = False) -> list[Refund]:
        """Refunds that every filter lets through."""
        return [
            _refund(row) for row in self._rows("refunds", filters, limit, oldest_first=oldest_first)
        ]

    def position(self, table: Table, id: str) -> int | None:
        """Where an object stands in a listing."""
        row = self._database.one(f"SELECT seq FROM {table} WHERE id = ?", id)  # noqa: S608
        return int(row["seq"]) if row else None

    def _one(self, query: str, *values: object) -> Row:
        """The row of something that is known to be there."""
        row = self._database.one(query, *values)
        if row is None:
            raise LookupError(query, values)
        return row

    def _rows(
        self, table: Table, filters: Sequence[Filter], limit: int, *, oldest_first: bool
    ) -> list[Row]:
        conditions = " AND ".join(f"({filter.condition})" for filter in filters) or "1"
        order = "ASC" if oldest_first else "DESC"
        values = [value for filter in filters for value in filter.values]
        # Conditions are ours, with placeholders; only values come from outside.
        query = f"SELECT * FROM {table} WHERE {conditions} ORDER BY seq {order} LIMIT ?"  # noqa: S608
        return self._database.all(query, *values, limit)


def _new_id(prefix: str) -> str:
    return f"{prefix}_{secrets.token_hex(12)}"


def _intent(row: Row) -> Intent:
    return Intent(**{**dict(row), "metadata": json.loads(row["metadata"])})


def _refund(row: Row) -> Refund:
    return Refund(**{**dict(row), "metadata": json.loads(row["metadata"])})
