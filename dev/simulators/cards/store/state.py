"""PaymentIntents and their refunds."""

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from sqlite3 import Row
from typing import Any, Literal

from dev.simulators.cards.declines import Decline
from dev.simulators.cards.store.ids import new_id
from dev.simulators.cards.store.stored_objects import Filter, Intent, Refund, Status
from dev.simulators.database import Database

Table = Literal[
    "customers", "payment_methods", "payment_intents", "refunds", "disputes", "fraud_warnings"
]

GIVEN_BACK = ("pending", "succeeded")
"""States of refunds that count; one that failed or was canceled is owed again."""


class State:
    """Reads and writes; the caller owns the transaction."""

    def __init__(self, database: Database) -> None:
        """`database` has the tables of `store.schema`."""
        self.database = database

    def add_intent(  # noqa: PLR0913  what a PaymentIntent consists of
        self,
        *,
        amount: int,
        currency: str,
        payment_method: str,
        status: Status,
        failure: Decline | None,
        metadata: Mapping[str, str],
        customer: str | None,
        setup_future_usage: str | None,
    ) -> Intent:
        """Stores a PaymentIntent that was confirmed."""
        id = new_id("pi")
        self.database.execute(
            "INSERT INTO payment_intents (id, created, amount, currency, payment_method, status,"
            " charge, metadata, failure, customer, setup_future_usage)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            id,
            int(time.time()),
            amount,
            currency,
            payment_method,
            status,
            new_id("ch"),
            json.dumps(dict(metadata)),
            _json(failure),
            customer,
            setup_future_usage,
        )
        return self.known_intent(id)

    def change_intent(
        self,
        intent: Intent,
        status: Status,
        failure: Decline | None,
        cancellation_reason: str | None = None,
    ) -> Intent:
        """Stores the new status; without a failure, the former one is kept."""
        self.database.execute(
            "UPDATE payment_intents SET status = ?, failure = coalesce(?, failure),"
            " cancellation_reason = ? WHERE id = ?",
            status,
            _json(failure),
            cancellation_reason,
            intent.id,
        )
        return self.known_intent(intent.id)

    def change_metadata(self, intent: Intent, changes: Mapping[str, str]) -> Intent:
        """Adds and replaces metadata; an empty value removes its key."""
        merged = {key: value for key, value in {**intent.metadata, **changes}.items() if value}
        self.database.execute(
            "UPDATE payment_intents SET metadata = ? WHERE id = ?", json.dumps(merged), intent.id
        )
        return self.known_intent(intent.id)

    def intent(self, id: str) -> Intent | None:
        """A PaymentIntent by its id."""
        found = self.intents(Filter("id = ?", [id]), limit=1)
        return found[0] if found else None

    def known_intent(self, id: str) -> Intent:
        """A PaymentIntent that exists."""
        found = self.intent(id)
        if found is None:
            raise LookupError(id)
        return found

    def intent_of_charge(self, charge: str) -> Intent | None:
        """The PaymentIntent that made a charge."""
        found = self.intents(Filter("charge = ?", [charge]), limit=1)
        return found[0] if found and found[0].is_charged else None

    def intent_of(self, refund: Refund) -> Intent:
        """The PaymentIntent whose charge was refunded."""
        return self.known_intent(refund.intent)

    def add_refund(
        self,
        intent: Intent,
        amount: int,
        reason: str | None,
        metadata: Mapping[str, str],
        status: str = "succeeded",
    ) -> Refund:
        """Stores a refund."""
        id = new_id("re")
        self.database.execute(
            "INSERT INTO refunds (id, created, amount, intent, reason, metadata, status)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            id,
            int(time.time()),
            amount,
            intent.id,
            reason,
            json.dumps(dict(metadata)),
            status,
        )
        return self._refund(id)

    def change_refund(self, refund: Refund, status: str, failure_reason: str | None) -> Refund:
        """Stores the new status."""
        self.database.execute(
            "UPDATE refunds SET status = ?, failure_reason = ? WHERE id = ?",
            status,
            failure_reason,
            refund.id,
        )
        return self._refund(refund.id)

    def refund(self, id: str) -> Refund | None:
        """A refund by its id."""
        found = self.refunds(Filter("id = ?", [id]), limit=1)
        return found[0] if found else None

    def refunded(self, intent: Intent) -> int:
        """How much of a charge was given back, or is being given back, in minor units."""
        marks = ", ".join("?" for _ in GIVEN_BACK)
        row = self.database.one(
            f"SELECT coalesce(sum(amount), 0) AS sum FROM refunds WHERE intent = ?"  # noqa: S608
            f" AND status IN ({marks})",
            intent.id,
            *GIVEN_BACK,
        )
        return int(row["sum"]) if row else 0

    def intents(self, *filters: Filter, limit: int, oldest_first: bool = False) -> list[Intent]:
        """The PaymentIntents that match all filters."""
        return [
            _read_intent(row)
            for row in self.rows("payment_intents", filters, limit, oldest_first=oldest_first)
        ]

    def refunds(self, *filters: Filter, limit: int, oldest_first: bool = False) -> list[Refund]:
        """The refunds that match all filters."""
        return [
            Refund(**with_metadata(row))
            for row in self.rows("refunds", filters, limit, oldest_first=oldest_first)
        ]

    def position(self, table: Table, id: str) -> int | None:
        """The position of an object in a list; None if there is none with this id."""
        row = self.database.one(f"SELECT seq FROM {table} WHERE id = ?", id)  # noqa: S608
        return int(row["seq"]) if row else None

    def rows(
        self, table: Table, filters: Sequence[Filter], limit: int, *, oldest_first: bool = False
    ) -> list[Row]:
        """The rows that match all filters, newest first by default."""
        conditions = " AND ".join(f"({filter.condition})" for filter in filters) or "1"
        order = "ASC" if oldest_first else "DESC"
        values = [value for filter in filters for value in filter.values]
        # Conditions are literals of this package with placeholders; only values come from requests.
        query = f"SELECT * FROM {table} WHERE {conditions} ORDER BY seq {order} LIMIT ?"  # noqa: S608
        return self.database.all(query, *values, limit)

    def _refund(self, id: str) -> Refund:
        found = self.refund(id)
        if found is None:
            raise LookupError(id)
        return found


def with_metadata(row: Row) -> dict[str, Any]:
    """The columns, metadata decoded."""
    return {**dict(row), "metadata": json.loads(row["metadata"])}


def _json(failure: Decline | None) -> str | None:
    return json.dumps(asdict(failure)) if failure else None


def _read_intent(row: Row) -> Intent:
    fields = with_metadata(row)
    fields["failure"] = Decline(**json.loads(row["failure"])) if row["failure"] else None
    return Intent(**fields)
