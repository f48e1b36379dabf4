"""Stripe's errors, as https://docs.stripe.com/api/errors describes them."""

from typing import Any


class StripeError(Exception):
    """An answer that refuses a request: its HTTP status and Stripe's error object."""

    def __init__(self, status: int, type: str, message: str, **fields: Any) -> None:
        """`fields` are further ones of the error object; those that are None are left out."""
        super().__init__(message)
        self.status = status
        given = {name: value for name, value in fields.items() if value is not None}
        if code := given.get("code"):
            page = str(code).replace("_", "-")
            given["doc_url"] = f"https://stripe.com/docs/error-codes/{page}"
        self.body: dict[str, Any] = {"error": {**given, "message": message, "type": type}}


class InvalidRequestError(StripeError):
    """The request is invalid, or not possible in the present state."""

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        param: str | None = None,
        status: int = 400,
        payment_intent: dict[str, Any] | None = None,
    ) -> None:
        """`param` names the invalid parameter; the PaymentIntent is in an unexpected state."""
        super().__init__(
            status,
            "invalid_request_error",
            message,
            code=code,
            param=param,
            payment_intent=payment_intent,
        )


class IdempotencyError(StripeError):
    """An idempotency key was used for a different request, or is in use by another one."""

    def __init__(self, message: str, *, code: str | None = None, status: int = 400) -> None:
        """The status is 409 for a key in use."""
        super().__init__(status, "idempotency_error", message, code=code)


class UnauthorizedError(StripeError):
    """The API key is missing or wrong."""

    def __init__(self, message: str) -> None:
        """`message` is worded as Stripe does."""
        super().__init__(401, "invalid_request_error", message)


class RateLimitError(InvalidRequestError):
    """Too many requests: https://docs.stripe.com/rate-limits."""

    def __init__(self) -> None:
        """Has Stripe's message."""
        message = (
            "Request rate limit exceeded. Learn more about rate limits here "
            "https://stripe.com/docs/rate-limits."
        )
        super().__init__(message, code="rate_limit", status=429)


class LockTimeoutError(InvalidRequestError):
    """Another request uses the object: https://docs.stripe.com/rate-limits#object-lock-timeouts."""

    def __init__(self) -> None:
        """Has Stripe's message."""
        message = (
            "This object cannot be accessed right now because another API request or Stripe "
            "process is currently accessing it. If you see this error intermittently, retry the "
            "request. If you see this error frequently and are making multiple concurrent requests "
            "to a single object, make your requests serially or at a lower rate."
        )
        super().__init__(message, code="lock_timeout", status=429)


class InternalError(StripeError):
    """The provider failed; the answer does not say whether the request had its effect."""

    def __init__(self) -> None:
        """Has Stripe's message, which gives no reason."""
        super().__init__(500, "api_error", "An unknown error occurred")


def missing(kind: str, id: str, *, param: str, status: int = 404) -> InvalidRequestError:
    """No such object: Stripe answers 404 for its path and 400 for a parameter that names it."""
    return InvalidRequestError(
        f"No such {kind}: '{id}'", code="resource_missing", param=param, status=status
    )


def too_low(param: str) -> InvalidRequestError:
    """The amount is below 1."""
    message = "This value must be greater than or equal to 1."
    return InvalidRequestError(message, code="parameter_invalid_integer", param=param)
