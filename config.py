"""All settings, with units and defaults. Each is an environment variable of the same name."""

import os
import sys
from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Any, Self
from urllib.parse import urlsplit

from pydantic import BeforeValidator, Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from domain.money import EXACT_CURRENCIES
from domain.waiting_period import CardRetryDays
from security.payload_keys import PayloadKeys

LOOPBACK_HOSTS = {"127.0.0.1", "::1", "localhost"}
SHORTEST_SECRET = 32


class Auth(StrEnum):
    """How the API authenticates its callers."""

    NONE = "none"
    JWT = "jwt"


def _parse_keys(keys: str | PayloadKeys) -> PayloadKeys:
    return keys if isinstance(keys, PayloadKeys) else PayloadKeys.parse(keys)


def _split(text: str | tuple[int, ...]) -> list[Any]:
    parts = text.split(",") if isinstance(text, str) else map(str, text)
    return [part.strip() for part in parts if part.strip()]


class Settings(BaseSettings):
    """Addresses, credentials, limits and timeouts of all processes.

    `temporalio.envconfig` reads Temporal's own settings (TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE,
    TLS, …). A file may hold settings too: the one that SETTINGS_FILE names, by default `.env` in
    the working directory. An empty SETTINGS_FILE means no file.
    """

    model_config = SettingsConfigDict(
        env_file=os.environ.get("SETTINGS_FILE", ".env"),
        extra="ignore",
        # Validation errors must not contain values: they may be secrets.
        hide_input_in_errors=True,
        arbitrary_types_allowed=True,
    )

    database_url: str = "sqlite:///.data/orders.db"
    """`sqlite:///path` or `postgresql://user:password@host:port/database`."""

    database_connections: Annotated[int, Field(ge=4, le=200)] = 16
    """Per process."""

    stripe_api_key: SecretStr = SecretStr("sk_test_simulator")
    stripe_api_base: str = "http://127.0.0.1:8101"
    """The simulator by default; `https://api.stripe.com` with a key of Stripe's."""

    payload_keys: Annotated[PayloadKeys, NoDecode, BeforeValidator(_parse_keys)] = Field(
        default_factory=PayloadKeys
    )
    """Keys that encrypt Temporal's payloads: `id:base64,id2:base64`, 32 bytes each. The first one
    encrypts, all of them decrypt. Without keys payloads are not encrypted.
    """

    stripe_webhook_secrets: SecretStr = SecretStr("")
    """Secrets that verify webhooks' signatures: `whsec_…`, separated by commas. Without secrets all
    webhooks are refused.
    """

    card_search_lag: timedelta = timedelta(hours=2)
    """Longest delay until the card provider's search finds a charge; Stripe documents up to an hour
    (https://docs.stripe.com/search#data-freshness).
    """

    carrier_url: str = "http://127.0.0.1:8102"

    smtp_url: SecretStr = SecretStr("smtp://127.0.0.1:8103")
    """`smtp://` or `smtps://`, with `user:password@` if the server requires a login."""

    mail_from: str = "orders@example.com"

    card_link_keys: SecretStr = SecretStr("")
    """Secrets that sign the links in reminders: 32 characters or more each, separated by commas.
    The first one signs, all of them verify. Without secrets reminders contain no link.
    """

    outside_timeout_seconds: Annotated[float, Field(gt=0)] = 10.0
    """Timeout of one request to the card provider, the carrier or the mail server."""

    currency: Annotated[str, Field(pattern="^[A-Z]{3}$")] = "EUR"
    """The installation's currency, ISO 4217; the card provider must take all its minor units."""

    temporal_ui_url: str = "http://127.0.0.1:8233"
    """URL of Temporal's Web UI for browsers; the web page links to it."""

    payment_waiting_time: timedelta = timedelta(weeks=2)
    """Time from the first CreditCardFailed to PaymentCanceled; ISO 8601 (`P14D`) or seconds."""

    reminder_interval: timedelta = timedelta(days=2)
    """Time between two reminders; ISO 8601 (`P2D`) or seconds."""

    card_retry_days: Annotated[CardRetryDays, NoDecode, BeforeValidator(_split)] = ()
    """Days after the first CreditCardFailed on which the same card is tried again: `3,7,11`."""

    retry_first: timedelta = timedelta(seconds=1)
    """Pause before the first retry of an unavailable external service; each retry doubles it."""

    retry_longest: timedelta = timedelta(minutes=1)
    """Longest pause between two retries."""

    api_host: str = "127.0.0.1"
    api_port: Annotated[int, Field(ge=0, le=65535)] = 8000

    codec_host: str = "127.0.0.1"
    codec_port: Annotated[int, Field(ge=0, le=65535)] = 8081
    """Address of the codec server, which decrypts payloads for Temporal's Web UI and CLI."""

    codec_origins: str = "http://127.0.0.1:8233,http://localhost:8233"
    """Origins of Temporal's Web UI, separated by commas: only pages from there may use the codec
    server.
    """

    public_url: Annotated[str, Field(pattern="^https?://.*[^/]$")] = "http://127.0.0.1:8000"
    """Base URL of this API for browsers, used in links in mails and in Temporal's Web UI."""

    auth: Auth = Auth.NONE
    """`jwt` requires bearer tokens. `none` requires nothing, and is for a developer's own machine:
    the API and the codec server then bind to loopback only.
    """

    allow_unauthenticated_remote_access: bool = False
    """With `AUTH=none`, allows the API and the codec server to bind to other interfaces than
    loopback: every client that can connect may then read and change everything. Set it only where
    the network in front restricts access, as docker-compose.yml does.
    """

    jwt_keys: str = ""
    """The token issuer's JSON Web Key Set: a file, or an https:// URL (http:// on loopback)."""

    jwt_issuer: str = ""
    jwt_audience: str = ""
    """Required values of the tokens' claims `iss` and `aud`."""

    max_body_bytes: Annotated[int, Field(gt=0)] = 65_536
    """Size limit of a request's body."""

    requests_per_minute: Annotated[int, Field(gt=0)] = 600
    """Limit per customer and API process, with AUTH=jwt."""

    changes_per_minute: Annotated[int, Field(gt=0)] = 60
    """Limit of those requests that are not GET."""

    requests_per_minute_and_address: Annotated[int, Field(gt=0)] = 6_000
    """Limit per client address and API process for requests without a customer: operators' and
    unauthenticated ones, with AUTH=none all.
    """

    streams_per_customer: Annotated[int, Field(gt=0)] = 20
    """Limit of open event streams per customer and API process, with AUTH=jwt."""

    streams_per_address: Annotated[int, Field(gt=0)] = 100
    """The same per client address, for requests without a customer."""

    trusted_proxies: str = ""
    """Addresses or networks, separated by commas, whose `X-Forwarded-For` is trusted. All clients
    behind any other proxy share that proxy's address, and its limits.
    """

    card_updates_per_day: Annotated[int, Field(gt=0)] = 10
    """Limit per payment within any 24 hours, over all API processes."""

    card_updates_per_day_and_customer: Annotated[int, Field(gt=0)] = 30
    """The same per customer, over all their payments."""

    development_mode: bool = False
    """Enables `/dev`: fast-forwarding a payment's clock, fault injection, the audit."""

    stack_socket: str = ""
    """Unix socket of the worker's supervisor, for `/dev/troubles`; `make run` sets it."""

    metrics_address: str | None = None
    """`host:port` at which the worker serves Prometheus metrics; None disables them."""

    max_concurrent_activities: Annotated[int, Field(gt=0)] = 10
    """Limit per bounded context and worker process; the same limit applies to local activities."""

    drain_seconds: Annotated[float, Field(ge=0)] = 20.0
    """How long running activities may continue after SIGTERM."""

    @property
    def is_live(self) -> bool:
        """Whether `stripe_api_key` is of live mode (https://docs.stripe.com/keys)."""
        return self.stripe_api_key.get_secret_value().startswith(("sk_live_", "rk_live_"))

    @property
    def webhook_secrets(self) -> list[str]:
        """`stripe_webhook_secrets`, parsed."""
        return _split(self.stripe_webhook_secrets.get_secret_value())

    @property
    def card_link_secrets(self) -> list[str]:
        """`card_link_keys`, parsed."""
        return _split(self.card_link_keys.get_secret_value())

    @model_validator(mode="after")
    def _check_secrets(self) -> Self:
        for name, secrets in (
            ("STRIPE_WEBHOOK_SECRETS", self.webhook_secrets),
            ("CARD_LINK_KEYS", self.card_link_secrets),
        ):
            if any(len(secret) < SHORTEST_SECRET for secret in secrets):
                message = f"{name} has a secret of less than {SHORTEST_SECRET} characters."
                raise ValueError(message)
        url = urlsplit(self.public_url)
        if self.card_link_secrets and url.scheme == "http" and url.hostname not in LOOPBACK_HOSTS:
            message = "PUBLIC_URL must begin with https://: the links in mails contain secrets."
            raise ValueError(message)
        return self

    @property
    def codec_web_uis(self) -> list[str]:
        """`codec_origins`, parsed."""
        return _split(self.codec_origins)

    @model_validator(mode="after")
    def _check_codec_origins(self) -> Self:
        if any("*" in origin for origin in self.codec_web_uis):
            message = (
                f"CODEC_ORIGINS={self.codec_origins} would let any web page decrypt payloads: list "
                "the origins of Temporal's Web UI, separated by commas."
            )
            raise ValueError(message)
        return self

    @model_validator(mode="after")
    def _check_bind_addresses(self) -> Self:
        if self.auth is not Auth.NONE or self.allow_unauthenticated_remote_access:
            return self
        for name, what in (("api_host", "the API"), ("codec_host", "the codec server")):
            host = getattr(self, name)
            if host not in LOOPBACK_HOSTS:
                message = (
                    f"With AUTH=none, {name.upper()}={host} would open {what} to every client that "
                    "can connect. Use 127.0.0.1 or AUTH=jwt, or set "
                    "ALLOW_UNAUTHENTICATED_REMOTE_ACCESS=true if the network restricts access."
                )
                raise ValueError(message)
        return self

    @model_validator(mode="after")
    def _check_currency(self) -> Self:
        if self.currency not in EXACT_CURRENCIES:
            message = (
                f"CURRENCY={self.currency} can't be used: the card provider does not know it, or "
                "does not take every amount of its minor units."
            )
            raise ValueError(message)
        return self

    @model_validator(mode="after")
    def _check_retries(self) -> Self:
        if not timedelta(0) < self.retry_first <= self.retry_longest:
            message = (
                f"RETRY_FIRST={self.retry_first} must be positive, and at most "
                f"RETRY_LONGEST={self.retry_longest}."
            )
            raise ValueError(message)
        return self

    @model_validator(mode="after")
    def _check_jwt_settings(self) -> Self:
        if self.auth is not Auth.JWT:
            return self
        for name in ("jwt_keys", "jwt_issuer", "jwt_audience"):
            if not getattr(self, name):
                message = f"AUTH=jwt requires {name.upper()}."
                raise ValueError(message)
        keys = urlsplit(self.jwt_keys)
        if keys.scheme == "http" and keys.hostname not in LOOPBACK_HOSTS:
            message = "JWT_KEYS over http:// could be forged on the way; use https://."
            raise ValueError(message)
        return self


def read_settings() -> Settings:
    """The settings of this process; exits with a one-line message if they are invalid."""
    try:
        return Settings()
    except ValidationError as error:
        sys.exit("; ".join(_message(**detail) for detail in error.errors()))


def _message(*, loc: tuple[int | str, ...], msg: str, **_: object) -> str:
    setting, message = ".".join(map(str, loc)).upper(), msg.removeprefix("Value error, ")
    return f"{setting}: {message}" if setting else message
