"""Verification of webhooks' signatures.

Source: https://docs.stripe.com/webhooks#verify-official-libraries
"""

import time
from collections.abc import Callable, Sequence
from datetime import timedelta

from stripe import SignatureVerificationError, WebhookSignature

TOLERANCE = timedelta(minutes=5)
"""How far a signature's timestamp may be from now, in either direction."""

_verify: Callable[[bytes, str, str, float], bool] = WebhookSignature.verify_header  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]  the SDK leaves a type open


def is_signed(body: bytes, header: str, secrets: Sequence[str]) -> bool:
    """Whether `header`, the request's Stripe-Signature, signs this body with one of the secrets.

    Unlike the SDK, refuses signatures from the future.
    """
    return any(_is_signed(body, header, secret) for secret in secrets)


def _is_signed(body: bytes, header: str, secret: str) -> bool:
    try:
        _verify(body, header, secret, TOLERANCE.total_seconds())
    except (SignatureVerificationError, ValueError, TypeError):
        return False
    return _signed_at(header) <= time.time() + TOLERANCE.total_seconds()


def _signed_at(header: str) -> int:
    """Seconds since 1970; the first `t=` counts, as it does for the signature."""
    parts = (part.partition("=") for part in header.split(","))
    return next(int(value) for name, _, value in parts if name == "t")
