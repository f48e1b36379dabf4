"""The client of Stripe's SDK, configured in one place."""

import logging
import os

import stripe
from stripe import V1Services


def stripe_client(api_key: str, api_base: str, timeout_seconds: float) -> V1Services:
    """The SDK's client, which neither logs nor retries; `timeout_seconds` per connect and read."""
    if os.environ.get("STRIPE_LOG"):
        # The SDK then prints requests and responses to stderr, whatever the logging level.
        raise ValueError("Unset STRIPE_LOG: it would log details of cards.")
    logging.getLogger("stripe").setLevel(logging.WARNING)
    stripe.enable_telemetry = False
    # The SDK must not retry: Temporal does.
    return stripe.StripeClient(
        api_key,
        base_addresses={"api": api_base.rstrip("/")},
        max_network_retries=0,
        http_client=stripe.RequestsClient(timeout=timeout_seconds),
    ).v1
