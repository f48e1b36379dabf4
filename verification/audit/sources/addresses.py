"""Where the witnesses are."""

from dataclasses import dataclass

from config import Settings


@dataclass(frozen=True)
class Sources:
    """URLs as the processes themselves use them.

    Without a `temporal_address`, Temporal is where `temporalio.envconfig` says.
    """

    database_url: str
    stripe_api_base: str
    stripe_api_key: str
    carrier_url: str
    mailbox_url: str
    temporal_address: str | None = None

    @classmethod
    def of(cls, settings: Settings, mailbox_url: str) -> "Sources":
        """What the settings say; they know no mailbox, only the mail server before it."""
        return cls(
            database_url=settings.database_url,
            stripe_api_base=settings.stripe_api_base,
            stripe_api_key=settings.stripe_api_key.get_secret_value(),
            carrier_url=settings.carrier_url,
            mailbox_url=mailbox_url,
        )
