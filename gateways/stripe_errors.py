"""Stripe's errors as the gateway's own, without Stripe's texts, which may quote the request."""

from http import HTTPStatus
from typing import NoReturn

import stripe

from gateways.cards import (
    MissingAtProviderError,
    ProviderRejectedError,
    ProviderUnavailableError,
    RefundRefusedError,
)

_BUSY = frozenset({"lock_timeout", "rate_limit"})
"""Codes of requests that had no effect, and may be repeated under the same key.

They come with HTTP 429 and, by older versions, 400; a conflict of keys comes with 409.
Source: https://docs.stripe.com/rate-limits
"""

_NOT_FOR_GOOD = frozenset({"balance_insufficient", "insufficient_funds", "resource_missing"})
"""Codes of refunds that are accepted once our balance or our settings are put right."""


def is_key_exhausted(error: stripe.StripeError) -> bool:
    """Whether the key only repeats a fault, or was used for a request with other parameters.

    The latter happens if another release of this program made the first request.
    """
    if isinstance(error, stripe.IdempotencyError):
        return error.http_status == HTTPStatus.BAD_REQUEST
    headers = {name.lower(): value for name, value in (error.headers or {}).items()}
    return (error.http_status or 0) >= HTTPStatus.INTERNAL_SERVER_ERROR and headers.get(
        "idempotent-replayed"
    ) == "true"


def is_fault(error: stripe.StripeError) -> bool:
    """Whether the request has no known outcome, or an operator has to put the API key right."""
    if error.code in _BUSY or type(error) is stripe.APIError:
        # The SDK has one class for 409, 5xx and malformed responses.
        return True
    return isinstance(
        error,
        stripe.APIConnectionError
        | stripe.RateLimitError
        # A refused API key says nothing about an earlier request, which may have succeeded.
        | stripe.AuthenticationError
        | stripe.PermissionError,
    )


def raise_key_exhausted(action: str) -> NoReturn:
    """Raise the error that requires a new key."""
    raise ProviderUnavailableError(
        f"Could not {action}: the card provider only repeats a fault for this key, and shows no "
        "effect of it. Retry it; see `key_exhausted` for a new key.",
        key_exhausted=True,
    ) from None


def raise_provider_error(error: stripe.StripeError, action: str) -> NoReturn:
    """Raise `ProviderUnavailableError` for faults, and `ProviderRejectedError` for refusals."""
    if isinstance(error, stripe.AuthenticationError | stripe.PermissionError):
        raise ProviderUnavailableError(
            f"Could not {action}: the card provider does not accept our API key "
            f"(HTTP {error.http_status}). Correct STRIPE_API_KEY; retries continue."
        ) from None
    if is_fault(error):
        reason = type(error.__cause__).__name__ if error.__cause__ else error.http_status
        raise ProviderUnavailableError(
            f"Could not {action}: the card provider did not answer ({reason}). Retry it."
        ) from None
    raise ProviderRejectedError(_refusal(error, action)) from None


def raise_refund_error(error: stripe.StripeError, action: str) -> NoReturn:
    """As `raise_provider_error`; `RefundRefusedError` for a refund that is refused for good.

    A code says something about the charge, unless it is one of a parameter.
    """
    code = error.code or ""
    is_final = (
        isinstance(error, stripe.InvalidRequestError)
        and error.http_status == HTTPStatus.BAD_REQUEST
        and not code.startswith("parameter_")
        and code not in {"", *_NOT_FOR_GOOD, *_BUSY}
    )
    if is_final:
        raise RefundRefusedError(_refusal(error, action), code) from None
    raise_provider_error(error, action)


def raise_unavailable(error: stripe.StripeError, action: str) -> NoReturn:
    """Raise `ProviderUnavailableError` always: a refused look-up leaves the outcome unknown.

    `MissingAtProviderError` is the one of an unknown id.
    """
    try:
        raise_provider_error(error, action)
    except ProviderRejectedError as refusal:
        if error.code == "resource_missing":
            raise MissingAtProviderError(str(refusal)) from None
        raise ProviderUnavailableError(str(refusal)) from None


def _refusal(error: stripe.StripeError, action: str) -> str:
    facts = {
        "HTTP": error.http_status,
        "error": type(error).__name__,
        "code": error.code,
        "parameter": getattr(error, "param", None),
        "request": error.request_id,
    }
    details = ", ".join(f"{name} {fact}" for name, fact in facts.items() if fact is not None)
    return (
        f"Could not {action}: the card provider refused it ({details}). "
        "Look the request up in the provider's dashboard."
    )
