"""What the card provider stores: every attempted charge and every refund."""

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from sqlite3 import Row
from typing import Any, Literal

from dev.simulators.cards.ids import new_id
from dev.simulators.cards.tokens import AUTHENTICATION_FAILED, CARDS, Decline
from dev.simulators.database import Database

SCHEMA = """
CREATE TABLE IF NOT EXISTS payment_intents (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    created INTEGER NOT NULL,
    amount INTEGER NOT NULL CHECK (amount > 0),
    currency TEXT NOT NULL,
    payment_method TEXT NOT NULL,
    status TEXT NOT NULL,
    charge TEXT NOT NULL,
    metadata TEXT NOT NULL,
    failure TEXT
);
CREATE INDEX IF NOT EXISTS payment_intents_payment
    ON payment_intents (json_extract(metadata, '$."payment"'));
CREATE TABLE IF NOT EXISTS refunds (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    created INTEGER NOT NULL,
    amount INTEGER NOT NULL CHECK (amount > 0),
    intent TEXT NOT NULL REFERENCES payment_intents (id),
    reason TEXT,
    metadata TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS refunds_intent ON refunds (intent);
"""

Table = Literal["payment_intents", "refunds"]
Status = Literal["succeeded", "requires_payment_method", "processing", "canceled"]


@dataclass(frozen=True)
class Intent:
    """A PaymentIntent, confirmed; `amount` in minor units, `created` in seconds since 1970.

    `failure` is the reason of the last decline.
    """

    seq: int
    id: str
    created: int
    amount: int
    currency: str
    payment_method: str
    status: str
    charge: str
    metadata: Mapping[str, str]
    failure: Decline | None

    @property
    def awaits_authentication(self) -> bool:
        """Whether the bank requires the customer to authenticate (3-D Secure)."""
        return self.failure in {
            CARDS["pm_card_authenticationRequired"].decline,
            AUTHENTICATION_FAILED,
        }


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
        self._migrate()

    def add_intent(  # noqa: PLR0913  what a PaymentIntent consists of
        self,
        *,
        amount: int,
        currency: str,
        payment_method: str,
        status: Status,
        failure: Decline | None,
        metadata: Mapping[str, str],
    ) -> Intent:
        """Stores a charge that succeeded, was declined, or is processed by the bank."""
        id = new_id("pi")
        self._database.execute(
            "INSERT INTO payment_intents (id, created, amount, currency, payment_method, status,"
            " charge, metadata, failure) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            id,
            int(time.time()),
            amount,
            currency,
            payment_method,
            status,
            new_id("ch"),
            json.dumps(dict(metadata)),
            _json(failure),
        )
        return _intent(self._one("SELECT * FROM payment_intents WHERE id = ?", id))

    def change_intent(self, intent: Intent, status: Status, failure: Decline | None) -> Intent:
        """Stores the new status; without a failure, the former one is kept."""
        self._database.execute(
            "UPDATE payment_intents SET status = ?, failure = coalesce(?, failure) WHERE id = ?",
            status,
            _json(failure),
            intent.id,
        )
        return _intent(self._one("SELECT * FROM payment_intents WHERE id = ?", intent.id))

    def intent(self, id: str) -> Intent | None:
        """A PaymentIntent by its id."""
        row = self._database.one("SELECT * FROM payment_intents WHERE id = ?", id)
        return _intent(row) if row else None

    def intent_of_charge(self, charge: str) -> Intent | None:
        """The PaymentIntent that made a charge."""
        row = self._database.one("SELECT * FROM payment_intents WHERE charge = ?", charge)
        return _intent(row) if row else None

    def intent_of_refund(self, refund: Refund) -> Intent:
        """The PaymentIntent whose charge was refunded."""
        return _intent(self._one("SELECT * FROM payment_intents WHERE id = ?", refund.intent))

    def add_refund(
        self, intent: Intent, amount: int, reason: str | None, metadata: Mapping[str, str]
    ) -> Refund:
        """Stores a refund."""
        id = new_id("re")
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
        """How much of a charge was refunded, in minor units."""
        query = "SELECT coalesce(sum(amount), 0) AS sum FROM refunds WHERE intent = ?"
        return int(self._one(query, intent.id)["sum"])

    def intents(self, *filters: Filter, limit: int, oldest_first: bool = False) -> list[Intent]:
        """The PaymentIntents that match all filters."""
        return [
            _intent(row)
            for row in self._rows("payment_intents", filters, limit, oldest_first=oldest_first)
        ]

    def refunds(self, *filters: Filter, limit: int, oldest_first: bool = False) -> list[Refund]:
        """The refunds that match all filters."""
        return [
            _refund(row) for row in self._rows("refunds", filters, limit, oldest_first=oldest_first)
        ]

    def position(self, table: Table, id: str) -> int | None:
        """The position of an object in a list; None if there is none with this id."""
        row = self._database.one(f"SELECT seq FROM {table} WHERE id = ?", id)  # noqa: S608
        return int(row["seq"]) if row else None

    def _migrate(self) -> None:
        """Takes over the rows of an earlier release, whose table had no `failure`."""
        earlier = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'intents'"
        if not self._database.one(earlier):
            return
        with self._database.transaction():
            self._database.execute("INSERT INTO payment_intents SELECT *, NULL FROM intents")
            for token, card in CARDS.items():
                self._database.execute(
                    "UPDATE payment_intents SET failure = ? WHERE payment_method = ?",
                    _json(card.decline),
                    token,
                )
            self._database.execute("DROP TABLE intents")

    def _one(self, query: str, *values: object) -> Row:
        """The row of something that must exist."""
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
        # Conditions are literals of this package with placeholders; only values come from requests.
        query = f"SELECT * FROM {table} WHERE {conditions} ORDER BY seq {order} LIMIT ?"  # noqa: S608
        return self._database.all(query, *values, limit)


def _json(failure: Decline | None) -> str | None:
    return json.dumps(asdict(failure)) if failure else None


def _intent(row: Row) -> Intent:
    failure = Decline(**json.loads(row["failure"])) if row["failure"] else None
    fields: dict[str, Any] = {**dict(row), "metadata": json.loads(row["metadata"])}
    fields["failure"] = failure
    return Intent(**fields)


def _refund(row: Row) -> Refund:
    return Refund(**{**dict(row), "metadata": json.loads(row["metadata"])})
