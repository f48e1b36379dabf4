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
    """Something is wrong with the request, or with asking for it now."""

    def __init__(
        self, message: str, *, code: str | None = None, param: str | None = None, status: int = 400
    ) -> None:
        """`param` names the parameter at fault."""
        super().__init__(status, "invalid_request_error", message, code=code, param=param)


class IdempotencyError(StripeError):
    """An idempotency key came with another request than before, or while it was in use."""

    def __init__(self, message: str, *, code: str | None = None, status: int = 400) -> None:
        """409 is for a key in use."""
        super().__init__(status, "idempotency_error", message, code=code)


class UnauthorizedError(StripeError):
    """No API key, or another one than ours."""

    def __init__(self, message: str) -> None:
        """`message` is Stripe's."""
        super().__init__(401, "invalid_request_error", message)


class InternalError(StripeError):
    """The provider failed; whether it did what was asked is not said."""

    def __init__(self) -> None:
        """Says nothing, as Stripe does."""
        super().__init__(500, "api_error", "An unknown error occurred")


def missing(kind: str, id: str, *, param: str, status: int = 404) -> InvalidRequestError:
    """There is no such object; Stripe says 404 to its path and 400 to a parameter naming it."""
    return InvalidRequestError(
        f"No such {kind}: '{id}'", code="resource_missing", param=param, status=status
    )


def too_low(param: str) -> InvalidRequestError:
    """There are no amounts below 1."""
    message = "This value must be greater than or equal to 1."
    return InvalidRequestError(message, code="parameter_invalid_integer", param=param)
