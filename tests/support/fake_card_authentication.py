"""A card provider that tells client secrets, or is away."""

from dataclasses import dataclass, field

from gateways.card_authentication import CardProviderUnavailableError

SECRET = "pi_open_secret_of_tests"


@dataclass
class FakeCardAuthentication:
    """Answers `secret` for whatever charge it is asked for."""

    secret: str | None = SECRET
    is_away: bool = False
    asked: list[str] = field(default_factory=list[str])

    async def client_secret(self, charge_id: str) -> str | None:
        """Raises `CardProviderUnavailableError` if it is."""
        self.asked.append(charge_id)
        if self.is_away:
            raise CardProviderUnavailableError(f"Could not look up charge {charge_id}.")
        return self.secret
