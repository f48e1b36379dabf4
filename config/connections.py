"""Settings: what the processes connect to."""

from datetime import timedelta
from typing import Annotated

from pydantic import Field, SecretStr

from config.section import Section


class Connections(Section):
    """Addresses of the database, the card provider, the carrier, the mail server and browsers."""

    database_url: str = "sqlite:///.data/orders.db"
    """`sqlite:///path` or `postgresql://user:password@host:port/database`."""

    stripe_api_key: SecretStr = SecretStr("sk_test_simulator")
    stripe_api_base: str = "http://127.0.0.1:8101"
    """The simulator by default; `https://api.stripe.com` with a key of Stripe's."""

    card_search_lag: timedelta = timedelta(hours=2)
    """Longest delay until the card provider's search finds a charge; Stripe documents up to an hour
    (https://docs.stripe.com/search#data-freshness).
    """

    carrier_url: str = "http://127.0.0.1:8102"

    smtp_url: SecretStr = SecretStr("smtp://127.0.0.1:8103")
    """`smtp://` or `smtps://`, with `user:password@` if the server requires a login."""

    mail_from: str = "orders@example.com"

    outside_timeout_seconds: Annotated[float, Field(gt=0)] = 10.0
    """Timeout of one request to the card provider, the carrier or the mail server."""

    temporal_ui_url: str = "http://127.0.0.1:8233"
    """URL of Temporal's Web UI for browsers; the web page links to it."""

    public_url: Annotated[str, Field(pattern="^https?://.*[^/]$")] = "http://127.0.0.1:8000"
    """Base URL of this API for browsers, used in links in mails and in Temporal's Web UI."""

    @property
    def is_live(self) -> bool:
        """Whether `stripe_api_key` is of live mode (https://docs.stripe.com/keys)."""
        return self.stripe_api_key.get_secret_value().startswith(("sk_live_", "rk_live_"))
