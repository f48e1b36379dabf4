"""The addresses of the sources."""

from dataclasses import dataclass

from config import Settings


@dataclass(frozen=True)
class Sources:
    """The URLs that the processes themselves use.

    Without a `temporal_address`, `temporalio.envconfig` decides.
    """

    database_url: str
    stripe_api_base: str
    stripe_api_key: str
    carrier_url: str
    mailbox_url: str
    temporal_address: str | None = None

    @classmethod
    def of(cls, settings: Settings, mailbox_url: str) -> "Sources":
        """Take the addresses from the settings, which name the mail server but not the mailbox."""
        return cls(
            database_url=settings.database_url,
            stripe_api_base=settings.stripe_api_base,
            stripe_api_key=settings.stripe_api_key.get_secret_value(),
            carrier_url=settings.carrier_url,
            mailbox_url=mailbox_url,
        )
