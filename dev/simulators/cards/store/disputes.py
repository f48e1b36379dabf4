"""Disputes and early fraud warnings."""

import time

from dev.simulators.cards.store.ids import new_id
from dev.simulators.cards.store.state import State
from dev.simulators.cards.store.stored_objects import Dispute, Filter, FraudWarning, Intent


class Disputes:
    """Reads and writes; the caller owns the transaction."""

    def __init__(self, state: State) -> None:
        """They are in the same database."""
        self._state = state
        self._database = state.database

    def add(self, intent: Intent, amount: int, reason: str, status: str) -> Dispute:
        """Stores a new dispute of the intent's charge."""
        id = new_id("du")
        self._database.execute(
            "INSERT INTO disputes (id, created, amount, intent, reason, status)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            id,
            int(time.time()),
            amount,
            intent.id,
            reason,
            status,
        )
        return self._dispute(id)

    def change(self, dispute: Dispute, status: str) -> Dispute:
        """Stores the new status."""
        self._database.execute("UPDATE disputes SET status = ? WHERE id = ?", status, dispute.id)
        return self._dispute(dispute.id)

    def of(self, intent: Intent) -> Dispute | None:
        """The newest dispute of the intent's charge."""
        found = self.disputes(Filter("intent = ?", [intent.id]), limit=1)
        return found[0] if found else None

    def disputes(self, *filters: Filter, limit: int, oldest_first: bool = False) -> list[Dispute]:
        """The disputes that match all filters."""
        rows = self._state.rows("disputes", filters, limit, oldest_first=oldest_first)
        return [Dispute(**dict(row)) for row in rows]

    def warn(self, intent: Intent, fraud_type: str) -> FraudWarning:
        """Stores an early fraud warning about the intent's charge."""
        id = new_id("issfr")
        self._database.execute(
            "INSERT INTO fraud_warnings (id, created, intent, fraud_type) VALUES (?, ?, ?, ?)",
            id,
            int(time.time()),
            intent.id,
            fraud_type,
        )
        return self.warnings(Filter("id = ?", [id]), limit=1)[0]

    def warnings(
        self, *filters: Filter, limit: int, oldest_first: bool = False
    ) -> list[FraudWarning]:
        """The early fraud warnings that match all filters."""
        rows = self._state.rows("fraud_warnings", filters, limit, oldest_first=oldest_first)
        return [FraudWarning(**dict(row)) for row in rows]

    def _dispute(self, id: str) -> Dispute:
        return self.disputes(Filter("id = ?", [id]), limit=1)[0]
