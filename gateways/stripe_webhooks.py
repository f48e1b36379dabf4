"""Is it Stripe who says so? By https://docs.stripe.com/webhooks#verify-official-libraries."""

import time
from collections.abc import Callable, Sequence
from datetime import timedelta

from stripe import SignatureVerificationError, WebhookSignature

TOLERANCE = timedelta(minutes=5)
"""How far the moment of a signature may be from now, in either direction."""

_verify: Callable[[bytes, str, str, float], bool] = WebhookSignature.verify_header  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]  the SDK leaves a type open


def is_signed(body: bytes, header: str, secrets: Sequence[str]) -> bool:
    """Whether one of the secrets has signed this very body just now.

    `header` is what came as Stripe-Signature. The SDK takes signatures from the future for good, we
    do not.
    """
    return any(_is_signed(body, header, secret) for secret in secrets)


def _is_signed(body: bytes, header: str, secret: str) -> bool:
    try:
        _verify(body, header, secret, TOLERANCE.total_seconds())
    except (SignatureVerificationError, ValueError, TypeError):
        return False
    return _signed_at(header) <= time.time() + TOLERANCE.total_seconds()


def _signed_at(header: str) -> int:
    """In seconds since 1970; the first `t=` counts, as it does for the signature."""
    parts = (part.partition("=") for part in header.split(","))
    return next(int(value) for name, _, value in parts if name == "t")
