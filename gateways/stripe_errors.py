"""What went wrong when Stripe was asked, in our own words."""

from http import HTTPStatus
from typing import NoReturn

import stripe

from gateways.cards import ProviderRejectedError, ProviderUnavailableError


def is_spent(error: stripe.StripeError) -> bool:
    """The key only repeats a fault, or was used by a release that asked in other words."""
    if isinstance(error, stripe.IdempotencyError):
        return error.http_status == HTTPStatus.BAD_REQUEST
    headers = {name.lower(): value for name, value in (error.headers or {}).items()}
    return (error.http_status or 0) >= HTTPStatus.INTERNAL_SERVER_ERROR and headers.get(
        "idempotent-replayed"
    ) == "true"


def raise_key_exhausted(doing: str) -> NoReturn:
    """Only a new key will do."""
    raise ProviderUnavailableError(
        f"Could not {doing}: the card provider will not say what became of this key, and nothing "
        "is known to have been done under it. Ask again; see `key_exhausted` for a new key.",
        key_exhausted=True,
    ) from None


def raise_ours(error: stripe.StripeError, doing: str) -> NoReturn:
    """Says what failed in our own words: the provider's may quote what was sent."""
    away = isinstance(error, stripe.APIConnectionError | stripe.RateLimitError) or (
        # The SDK has one class for 409, 5xx and answers that make no sense.
        type(error) is stripe.APIError
    )
    # A key that is not accepted says nothing of an earlier request, which it may have been for.
    if isinstance(error, stripe.AuthenticationError | stripe.PermissionError):
        raise ProviderUnavailableError(
            f"Could not {doing}: the card provider does not accept our API key "
            f"(HTTP {error.http_status}). Put it right, and ask again."
        ) from None
    if away:
        reason = type(error.__cause__).__name__ if error.__cause__ else error.http_status
        raise ProviderUnavailableError(
            f"Could not {doing}: the card provider did not answer ({reason}). Ask again."
        ) from None
    facts = {
        "HTTP": error.http_status,
        "error": type(error).__name__,
        "code": error.code,
        "parameter": getattr(error, "param", None),
        "request": error.request_id,
    }
    told = ", ".join(f"{name} {fact}" for name, fact in facts.items() if fact is not None)
    raise ProviderRejectedError(
        f"Could not {doing}: the card provider refused it ({told}). "
        "Look the request up in the provider's dashboard."
    ) from None


def raise_unanswered(error: stripe.StripeError, doing: str) -> NoReturn:
    """A look-up that is refused says nothing of the money either: a fault, whatever is wrong."""
    try:
        raise_ours(error, doing)
    except ProviderRejectedError as refusal:
        raise ProviderUnavailableError(str(refusal)) from None
