"""The connection to Stripe's API, through its own SDK."""

import logging
import os

import stripe

API_VERSION = "2026-10-28.endive"
"""The version of Stripe's API that the requests of this program are written for.

Without it, an upgrade of the SDK would change the version, and with it what requests and responses
mean. Source: https://docs.stripe.com/sdks/set-version
"""


class StripeConnection:
    """Sends requests to Stripe, one at a time per call. Safe to use from several threads."""

    def __init__(self, api_key: str, api_base: str, timeout_seconds: float = 20) -> None:
        """`api_base` is e.g. https://api.stripe.com; the timeout is per connect and per read."""
        if os.environ.get("STRIPE_LOG"):
            # The SDK then prints requests and responses to stderr, whatever the logging level.
            raise ValueError("Unset STRIPE_LOG: it would log details of cards.")
        logging.getLogger("stripe").setLevel(logging.WARNING)
        stripe.enable_telemetry = False
        # The SDK must not retry: Temporal does.
        self._stripe = stripe.StripeClient(
            api_key,
            stripe_version=API_VERSION,
            base_addresses={"api": api_base.rstrip("/")},
            max_network_retries=0,
            http_client=stripe.RequestsClient(timeout=timeout_seconds),
        ).v1
