"""The connection to Stripe's API, through its own SDK."""

import logging
import os

import stripe
from stripe import V1Services

API_VERSION = "2026-10-28.endive"
"""The version of Stripe's API that the requests of this program are written for.

Without it, an upgrade of the SDK would change the version, and with it what requests and responses
mean. Source: https://docs.stripe.com/sdks/set-version
"""


def stripe_client(api_key: str, api_base: str, timeout_seconds: float) -> V1Services:
    """The SDK's client, which neither logs nor retries; `timeout_seconds` per connect and read.

    `api_base` is e.g. https://api.stripe.com. Threads may share it.
    """
    if os.environ.get("STRIPE_LOG"):
        # The SDK then prints requests and responses to stderr, whatever the logging level.
        raise ValueError("Unset STRIPE_LOG: it would log details of cards.")
    logging.getLogger("stripe").setLevel(logging.WARNING)
    stripe.enable_telemetry = False
    # The SDK must not retry: Temporal does.
    return stripe.StripeClient(
        api_key,
        stripe_version=API_VERSION,
        base_addresses={"api": api_base.rstrip("/")},
        max_network_retries=0,
        http_client=stripe.RequestsClient(timeout=timeout_seconds),
    ).v1


class StripeConnection:
    """Sends requests to Stripe, one at a time per call. Safe to use from several threads."""

    def __init__(self, api_key: str, api_base: str, timeout_seconds: float = 20) -> None:
        """See `stripe_client`."""
        self._stripe = stripe_client(api_key, api_base, timeout_seconds)
