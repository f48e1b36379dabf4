"""A card provider that knows refunds, or is unavailable."""

from dataclasses import dataclass, field

from gateways.cards import ProviderRefund
from gateways.look_ups import CardProviderUnavailableError


@dataclass
class FakeRefunds:
    """Looks up the refunds that are `known`, by their ids."""

    known: dict[str, ProviderRefund] = field(default_factory=dict[str, ProviderRefund])
    is_unavailable: bool = False

    async def find(self, refund_id: str) -> ProviderRefund | None:
        """None if it is not known. Raises `CardProviderUnavailableError` if it is unavailable."""
        if self.is_unavailable:
            raise CardProviderUnavailableError(f"Could not look up refund {refund_id}.")
        return self.known.get(refund_id)
