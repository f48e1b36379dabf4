"""A card provider that knows refunds, or is unavailable."""

from dataclasses import dataclass, field

from gateways.cards import ProviderRefund
from gateways.look_ups import CardProviderUnavailableError


@dataclass
class FakeRefunds:
    """Looks up the refunds that are `known`, by their ids."""

    known: dict[str, ProviderRefund] = field(default_factory=dict[str, ProviderRefund])

    async def look_up(self, refund_id: str) -> ProviderRefund:
        """Raises `CardProviderUnavailableError` if it is not known."""
        if refund_id not in self.known:
            raise CardProviderUnavailableError(f"Could not look up refund {refund_id}.")
        return self.known[refund_id]
