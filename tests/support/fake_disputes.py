"""A card provider that knows disputes and early fraud warnings, or is unavailable."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from domain.disputes import Dispute, DisputeKind
from gateways.look_ups import CardProviderUnavailableError

OPENED = datetime(2026, 3, 1, 12, tzinfo=UTC)


def dispute(id: str = "du_1", **fields: Any) -> Dispute:
    """A dispute of the charge `pi_paid` that needs a response."""
    values = {
        "kind": DisputeKind.DISPUTE,
        "charge_id": "pi_paid",
        "amount": 2500,
        "currency": "EUR",
        "reason": "fraudulent",
        "status": "needs_response",
        "opened_at": OPENED,
    }
    return Dispute.model_validate({"id": id} | values | fields)


@dataclass
class FakeDisputes:
    """Returns what was added; notes what it was asked for."""

    known: dict[str, Dispute] = field(default_factory=dict[str, Dispute])
    is_unavailable: bool = False
    asked: list[tuple[DisputeKind, str]] = field(default_factory=list[tuple[DisputeKind, str]])

    def add(self, dispute: Dispute) -> None:
        """From now on it is in this state."""
        self.known[dispute.id] = dispute

    async def find(self, kind: DisputeKind, id: str) -> Dispute | None:
        """Raises `CardProviderUnavailableError` if it is unavailable."""
        self.asked.append((kind, id))
        if self.is_unavailable:
            raise CardProviderUnavailableError(f"Could not look up {kind} {id}.")
        return self.known.get(id)
