"""Settings: what the processes connect to."""

from datetime import timedelta
from typing import Annotated, Self

from pydantic import AfterValidator, Field, SecretStr, model_validator

from config.section import Duration, HttpUrl, Section, check_database_url, check_smtp_url, iso_8601

STRIPE = "https://api.stripe.com"
STRIPE_JS = "https://js.stripe.com"

SHORTEST_SEARCH_LAG = timedelta(hours=1)
"""Within which Stripe's search finds a charge, even during an outage of its search."""


def _database_url(url: str) -> str:
    check_database_url(url)
    return url


def _smtp_url(url: SecretStr) -> SecretStr:
    check_smtp_url(url.get_secret_value())
    return url


class Connections(Section):
    """Addresses of the database, the card provider, the carrier, the mail server and browsers."""

    database_url: Annotated[
        str,
        AfterValidator(_database_url),
        Field(
            description="sqlite:/// and the path of a file, or "
            "postgresql://user:password@host:port/database"
        ),
    ] = "sqlite:///.data/orders.db"
    """`sqlite:///path` or `postgresql://user:password@host:port/database`."""

    database_connections: Annotated[int, Field(ge=4, le=200)] = 16
    """Limit per process."""

    stripe_api_key: Annotated[
        SecretStr, Field(min_length=8, max_length=255, description="a secret key of the provider")
    ] = SecretStr("sk_test_simulator")
    stripe_api_base: HttpUrl = "http://127.0.0.1:8101"
    """The simulator by default; `https://api.stripe.com` with a key of Stripe's."""

    stripe_publishable_key: Annotated[
        str,
        Field(
            pattern=r"^(pk_(test|live)_[A-Za-z0-9_]{1,240})?$",
            description="a publishable key of the provider, pk_…",
        ),
    ] = ""
    """With which browsers authenticate charges (3-D Secure); without it the page offers that not,
    and customers can only give another card.
    """
    stripe_js_base: HttpUrl = STRIPE_JS
    """Serves Stripe.js to browsers, as `/v3/`; the simulator serves its own."""

    card_search_lag: Annotated[Duration, Field(ge=timedelta(0), le=timedelta(days=7))] = timedelta(
        hours=2
    )
    """Longest delay until the card provider's search finds a charge; Stripe documents up to an hour
    (https://docs.stripe.com/search#data-freshness).
    """

    carrier_url: HttpUrl = "http://127.0.0.1:8102"

    smtp_url: Annotated[
        SecretStr,
        AfterValidator(_smtp_url),
        Field(description="smtp://host:port or smtps://host:port, with user:password@ if needed"),
    ] = SecretStr("smtp://127.0.0.1:8103")
    """`smtp://` or `smtps://`, with `user:password@` if the server requires a login."""

    mail_from: Annotated[
        str,
        Field(
            pattern=r"^[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@[A-Za-z0-9.-]{1,190}$",
            description="an address such as orders@example.com, without a name",
        ),
    ] = "orders@example.com"

    outside_timeout_seconds: Annotated[float, Field(ge=0.1, le=60, allow_inf_nan=False)] = 10.0
    """Timeout of one request to the card provider, the carrier or the mail server; below 30, the
    attempt ends with the request's error, and not with Temporal's timeout of the activity.
    """

    temporal_ui_url: HttpUrl = "http://127.0.0.1:8233"
    """URL of Temporal's Web UI for browsers; the web page links to it."""

    public_url: HttpUrl = "http://127.0.0.1:8000"
    """Base URL of this API for browsers, used in links in mails and in Temporal's Web UI."""

    @property
    def is_live(self) -> bool:
        """Whether `stripe_api_key` is of live mode (https://docs.stripe.com/keys)."""
        return self.stripe_api_key.get_secret_value().startswith(("sk_live_", "rk_live_"))

    @model_validator(mode="after")
    def _check_mode(self) -> Self:
        key = self.stripe_publishable_key
        if key and key.startswith("pk_live_") != self.is_live:
            message = "STRIPE_PUBLISHABLE_KEY and STRIPE_API_KEY must be of the same mode."
            raise ValueError(message)
        return self

    @model_validator(mode="after")
    def _check_search_lag(self) -> Self:
        if self.stripe_api_base == STRIPE and self.card_search_lag < SHORTEST_SEARCH_LAG:
            message = (
                f"CARD_SEARCH_LAG={iso_8601(self.card_search_lag)} must be PT1H or more with "
                "Stripe, whose search may lag behind: a charge could be taken twice."
            )
            raise ValueError(message)
        return self
