"""A card provider that returns client secrets, or is unavailable."""

from dataclasses import dataclass, field

from gateways.look_ups import CardProviderUnavailableError

SECRET = "pi_open_secret_of_tests"


@dataclass
class FakeCardAuthentication:
    """Returns `secret` for every charge."""

    secret: str | None = SECRET
    is_unavailable: bool = False
    asked: list[str] = field(default_factory=list[str])

    async def client_secret(self, charge_id: str) -> str | None:
        """Raises `CardProviderUnavailableError` if it is unavailable."""
        self.asked.append(charge_id)
        if self.is_unavailable:
            raise CardProviderUnavailableError(f"Could not look up charge {charge_id}.")
        return self.secret
