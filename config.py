"""Every setting, with its unit and its default. Each is an environment variable of that name."""

import os
from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import BeforeValidator, Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from security.payload_keys import PayloadKeys

LOOPBACK_HOSTS = {"127.0.0.1", "::1", "localhost"}
SHORTEST_SECRET = 32


class Auth(StrEnum):
    """Who may call the API."""

    NONE = "none"
    JWT = "jwt"


def _parsed(keys: str | PayloadKeys) -> PayloadKeys:
    return keys if isinstance(keys, PayloadKeys) else PayloadKeys.parse(keys)


def _listed(text: str) -> list[str]:
    return [one.strip() for one in text.split(",") if one.strip()]


class Settings(BaseSettings):
    """Where everything is and how long things may take.

    Temporal's own settings (TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE, TLS, …) are read by
    `temporalio.envconfig`. A `.env` in the working directory is read as well, or what SETTINGS_FILE
    names instead; where that is empty, no file.
    """

    model_config = SettingsConfigDict(
        env_file=os.environ.get("SETTINGS_FILE", ".env"),
        extra="ignore",
        # What is wrong with a setting is told without its value, which may be a secret.
        hide_input_in_errors=True,
        arbitrary_types_allowed=True,
    )

    database_url: str = "sqlite:///.data/orders.db"
    """`sqlite:///path` or `postgresql://user:password@host:port/database`."""

    stripe_api_key: SecretStr = SecretStr("sk_test_simulator")
    stripe_api_base: str = "http://127.0.0.1:8101"
    """The simulator by default; `https://api.stripe.com` with a real key."""

    payload_keys: Annotated[PayloadKeys, NoDecode, BeforeValidator(_parsed)] = Field(
        default_factory=PayloadKeys
    )
    """What Temporal is given to keep is encrypted with the first of these, and read with any:
    `id:base64,id2:base64`, 32 bytes each. Without a key it is not encrypted.
    """

    stripe_webhook_secrets: SecretStr = SecretStr("")
    """What signs webhooks, `whsec_…`, with commas between. Without any, none are taken."""

    card_search_lag: timedelta = timedelta(hours=2)
    """How far the card provider's search may be behind; Stripe says up to an hour, seldom."""

    carrier_url: str = "http://127.0.0.1:8102"

    smtp_url: SecretStr = SecretStr("smtp://127.0.0.1:8103")
    """`smtp://` or `smtps://`, with `user:password@` where the server asks for it."""

    mail_from: str = "orders@example.com"

    card_link_keys: SecretStr = SecretStr("")
    """The secrets that sign the links in reminders, of 32 characters or more, with commas between:
    the first signs, the links of all of them are good. Without any, mails have no links.
    """

    outside_timeout_seconds: Annotated[float, Field(gt=0)] = 10.0
    """How long one request to the card provider, the carrier or the mail server may take."""

    currency: Annotated[str, Field(pattern="^[A-Z]{3}$")] = "EUR"
    """The installation's one currency, ISO 4217."""

    temporal_ui_url: str = "http://127.0.0.1:8233"
    """Temporal's Web UI, as people's browsers reach it: the web page links to it."""

    payment_waiting_time: timedelta = timedelta(weeks=2)
    """From the first CreditCardFailed to PaymentCanceled; ISO 8601 (`P14D`) or seconds."""

    reminder_interval: timedelta = timedelta(days=2)
    """Between two reminders; ISO 8601 (`P2D`) or seconds."""

    retry_first: timedelta = timedelta(seconds=1)
    """Before the first retry of something outside that is away; doubles with each retry."""

    retry_longest: timedelta = timedelta(minutes=1)
    """The longest time between two retries."""

    api_host: str = "127.0.0.1"
    api_port: Annotated[int, Field(ge=0, le=65535)] = 8000

    codec_host: str = "127.0.0.1"
    codec_port: Annotated[int, Field(ge=0, le=65535)] = 8081
    """Where the codec server listens, which decrypts for Temporal's Web UI and CLI."""

    codec_origins: str = "http://127.0.0.1:8233,http://localhost:8233"
    """Where browsers get Temporal's Web UI from, with commas between: only its pages may ask."""

    public_url: Annotated[str, Field(pattern="^https?://.*[^/]$")] = "http://127.0.0.1:8000"
    """Where people's browsers find this API: links that leave it begin with this."""

    auth: Auth = Auth.NONE
    """`none` is for one's own machine: the API then listens on loopback only. With `jwt` it asks
    for bearer tokens.
    """

    jwt_keys: str = ""
    """The token issuer's JSON Web Key Set: a file, or a URL (https beyond loopback)."""

    jwt_issuer: str = ""
    jwt_audience: str = ""
    """What tokens must have as their `iss` and `aud`."""

    max_body_bytes: Annotated[int, Field(gt=0)] = 65_536
    """The longest body that a request may have."""

    requests_per_minute: Annotated[int, Field(gt=0)] = 600
    """Of one customer (with AUTH=jwt), at one API process."""

    changes_per_minute: Annotated[int, Field(gt=0)] = 60
    """As many of those may be other than GET."""

    requests_per_minute_and_address: Annotated[int, Field(gt=0)] = 6_000
    """From one client address, by whoever is no customer: operators, strangers, with AUTH=none
    everybody; at one API process.
    """

    streams_per_customer: Annotated[int, Field(gt=0)] = 20
    """Of events, open at the same time at one API process (with AUTH=jwt)."""

    streams_per_address: Annotated[int, Field(gt=0)] = 100
    """As many of whoever counts by client address."""

    trusted_proxies: str = ""
    """Addresses or networks, with commas between, whose `X-Forwarded-For` is believed: else all
    clients behind a proxy count as one.
    """

    card_updates_per_day: Annotated[int, Field(gt=0)] = 10
    """For one payment, within any 24 hours, at all API processes together."""

    card_updates_per_day_and_customer: Annotated[int, Field(gt=0)] = 30
    """As many for all payments of one customer."""

    development_mode: bool = False
    """Opens `/dev`: moving a payment's clock on, making trouble, the audit."""

    stack_socket: str = ""
    """Of the worker's supervisor, so that `/dev/troubles` can stop it: the stack's."""

    metrics_address: str | None = None
    """`host:port` on which the worker serves Prometheus metrics; none by default."""

    max_concurrent_activities: Annotated[int, Field(gt=0)] = 10
    """Per bounded context and worker process; and as many local activities beside them."""

    drain_seconds: Annotated[float, Field(ge=0)] = 20.0
    """How long activities under way may go on after SIGTERM."""

    @property
    def webhook_secrets(self) -> list[str]:
        """One by one."""
        return _listed(self.stripe_webhook_secrets.get_secret_value())

    @property
    def card_link_secrets(self) -> list[str]:
        """One by one."""
        return _listed(self.card_link_keys.get_secret_value())

    @model_validator(mode="after")
    def _secrets_stay_secret(self) -> Self:
        for name, secrets in (
            ("STRIPE_WEBHOOK_SECRETS", self.webhook_secrets),
            ("CARD_LINK_KEYS", self.card_link_secrets),
        ):
            if any(len(secret) < SHORTEST_SECRET for secret in secrets):
                message = f"{name} has one of less than {SHORTEST_SECRET} characters."
                raise ValueError(message)
        url = urlsplit(self.public_url)
        if self.card_link_secrets and url.scheme == "http" and url.hostname not in LOOPBACK_HOSTS:
            message = "PUBLIC_URL must begin with https://: the links in mails are secrets."
            raise ValueError(message)
        return self

    @property
    def codec_web_uis(self) -> list[str]:
        """Origins, one by one."""
        return _listed(self.codec_origins)

    @model_validator(mode="after")
    def _not_every_page_decrypts(self) -> Self:
        if any("*" in origin for origin in self.codec_web_uis):
            message = (
                f"CODEC_ORIGINS={self.codec_origins} would let any web page decrypt: name the "
                "addresses that Temporal's Web UI is opened at, with commas between."
            )
            raise ValueError(message)
        return self

    @model_validator(mode="after")
    def _no_strangers(self) -> Self:
        if self.auth is not Auth.NONE:
            return self
        for name, what in (("api_host", "the API"), ("codec_host", "the codec server")):
            host = getattr(self, name)
            if host not in LOOPBACK_HOSTS:
                message = (
                    f"{name.upper()}={host} would let anybody in: with AUTH=none {what} listens "
                    "on loopback only (127.0.0.1)."
                )
                raise ValueError(message)
        return self

    @model_validator(mode="after")
    def _ever_more_slowly(self) -> Self:
        if not timedelta(0) < self.retry_first <= self.retry_longest:
            message = (
                f"RETRY_FIRST={self.retry_first} must be more than nothing, and no more than "
                f"RETRY_LONGEST={self.retry_longest}."
            )
            raise ValueError(message)
        return self

    @model_validator(mode="after")
    def _tokens_can_be_checked(self) -> Self:
        if self.auth is not Auth.JWT:
            return self
        for name in ("jwt_keys", "jwt_issuer", "jwt_audience"):
            if not getattr(self, name):
                message = f"AUTH=jwt needs {name.upper()} too."
                raise ValueError(message)
        keys = urlsplit(self.jwt_keys)
        if keys.scheme == "http" and keys.hostname not in LOOPBACK_HOSTS:
            message = "JWT_KEYS over http:// could be anybody's keys; use https://."
            raise ValueError(message)
        return self
