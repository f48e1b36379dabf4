"""Settings: secrets that sign, and keys that encrypt."""

from typing import Annotated, Self

from pydantic import BeforeValidator, Field, SecretStr, model_validator
from pydantic_settings import NoDecode

from config.section import Section, split
from security.payload_keys import Accepted, PayloadKeys

SHORTEST_SECRET = 32


def _parse_keys(keys: str | PayloadKeys) -> PayloadKeys:
    return keys if isinstance(keys, PayloadKeys) else PayloadKeys.parse(keys)


class Keys(Section):
    """Keys for Temporal's payloads, webhooks' signatures and links in mails."""

    payload_keys: Annotated[PayloadKeys, NoDecode, BeforeValidator(_parse_keys)] = Field(
        default_factory=PayloadKeys
    )
    """Keys that encrypt Temporal's payloads: `id:base64,id2:base64`, 32 bytes each. The first one
    encrypts, all of them decrypt. Without keys payloads are not encrypted.
    """

    payloads_accepted: Accepted = Accepted.ENCRYPTED
    """Once there are keys: `bound` accepts payloads encrypted for their workflow only, `encrypted`
    also those of earlier releases, `any` also plaintext, for workflows older than the keys.
    """

    stripe_webhook_secrets: SecretStr = SecretStr("")
    """Secrets that verify webhooks' signatures: `whsec_…`, separated by commas. Without secrets all
    webhooks are refused.
    """

    card_link_keys: SecretStr = SecretStr("")
    """Secrets that sign the links in reminders: 32 characters or more each, separated by commas.
    The first one signs, all of them verify. Without secrets reminders contain no link.
    """

    @property
    def webhook_secrets(self) -> list[str]:
        """`stripe_webhook_secrets`, parsed."""
        return split(self.stripe_webhook_secrets.get_secret_value())

    @property
    def card_link_secrets(self) -> list[str]:
        """`card_link_keys`, parsed."""
        return split(self.card_link_keys.get_secret_value())

    @model_validator(mode="after")
    def _check_secrets(self) -> Self:
        for name, secrets in (
            ("STRIPE_WEBHOOK_SECRETS", self.webhook_secrets),
            ("CARD_LINK_KEYS", self.card_link_secrets),
        ):
            if any(len(secret) < SHORTEST_SECRET for secret in secrets):
                message = f"{name} has a secret of less than {SHORTEST_SECRET} characters."
                raise ValueError(message)
        return self
