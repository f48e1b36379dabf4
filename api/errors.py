"""The errors of the API; `api.problems` maps each to an HTTP status."""

from collections.abc import Sequence

from pydantic import BaseModel, Field

from domain.errors import DomainError
from domain.money import format_amount


class FieldError(BaseModel):
    """What is wrong with one field; never contains its value."""

    location: str = Field(description="`body`, `path`, `query` or `header`.")
    field: str = Field(description="The field's name, dotted if it is nested: `lines.0.sku`.")
    message: str


class InvalidRequestError(DomainError):
    """Fields of the request are invalid for reasons that only the service can check."""

    def __init__(self, *field_errors: FieldError) -> None:
        """Takes at least one field error."""
        super().__init__("The request is not valid; see `errors`.")
        self.field_errors = field_errors

    @classmethod
    def in_body(cls, field: str, message: str) -> "InvalidRequestError":
        """One field of the body is invalid."""
        return cls(FieldError(location="body", field=field, message=message))


class CardNumberError(InvalidRequestError):
    """Part of the request looks like a card number; the error does not repeat it."""

    def __init__(self, location: str, field: str) -> None:
        """`location` and `field` say where it was found."""
        message = "looks like a card number; send the card provider's token (pm_...) instead"
        super().__init__(FieldError(location=location, field=field, message=message))


class PathNotFoundError(DomainError):
    """No endpoint and no file has the request's path."""

    def __init__(self, path: str) -> None:
        """`path` as the server decoded it."""
        super().__init__(f"There is nothing at {path!r}; /docs lists every path of this API.")


class MethodNotAllowedError(DomainError):
    """The request's path has endpoints, but none for its method."""

    def __init__(self, path: str, allowed: Sequence[str]) -> None:
        """`allowed` are the methods that the path has, at least one.

        The request's is not repeated: clients may make up any, a card number among them.
        """
        *others, last = allowed
        methods = f"{', '.join(others)} or {last}" if others else last
        super().__init__(f"The request's method is none of {path!r}; send {methods}.")
        self.allowed = allowed


class PriceChangedError(DomainError):
    """The order's total is not the one that its customer saw; nothing was placed."""

    def __init__(self, expected_total: int, total: int, currency: str) -> None:
        """Both in cents; `total` is the one at current prices."""
        was, now = format_amount(expected_total, currency), format_amount(total, currency)
        super().__init__(
            f"The total is {now} now, not {was}: prices have changed. Nothing was ordered; order "
            "again if that is right."
        )
        self.expected_total = expected_total
        self.total = total


class DependencyUnavailableError(DomainError):
    """A service that the request needs is unavailable; the request had no effect."""

    def __init__(self, *names: str) -> None:
        """`names` as the reader knows them: see `api.dependency_health`."""
        super().__init__(f"Temporarily unavailable: {', '.join(names)}. Please try again.")
        self.names = names


class AnswerPendingError(DomainError):
    """A workflow or process did not answer in time; repeating the request does no harm."""


class OutcomeUnknownError(DomainError):
    """Temporal did not confirm whether it started the requested workflow."""

    def __init__(self, kind: str, id: str) -> None:
        """`id` is the id that the order or payment has if it was started."""
        super().__init__(
            f"Temporal did not answer. The {kind} may have been accepted with the id {id}: "
            f"check /{kind}s/{id} before you send another request."
        )


class NotSupportedError(DomainError):
    """A part of this installation, such as its Temporal server, lacks what the request needs."""


class TokenMissingError(DomainError):
    """The request has no bearer token."""

    def __init__(self) -> None:
        """The same for every request."""
        super().__init__("Send a bearer token: `Authorization: Bearer ...`.")


class TokenRefusedError(DomainError):
    """The token is invalid; the error does not repeat it."""

    def __init__(self, reason: str) -> None:
        """`reason` is a clause whose subject is the token, such as `it has expired`."""
        super().__init__(f"The token is invalid: {reason}.")


class HostRefusedError(DomainError):
    """The request names a host or an origin that is not allowed; the error does not repeat it."""

    def __init__(self) -> None:
        """The same for every request."""
        super().__init__(
            "Without authentication (AUTH=none) this server accepts only requests for a loopback "
            "name or the host of PUBLIC_URL, sent by pages from there. To allow another name, set "
            "PUBLIC_URL."
        )


class ScopeMissingError(DomainError):
    """The token lacks a scope."""

    def __init__(self, needed: Sequence[str]) -> None:
        """`needed` are all the scopes that the endpoint requires."""
        super().__init__(f"This request requires a token with the scope {' '.join(needed)}.")
        self.needed = needed


class SignatureRefusedError(DomainError):
    """The webhook's signature is invalid or too old; the error does not repeat it."""

    def __init__(self) -> None:
        """The same whatever is wrong with the signature."""
        super().__init__(
            "The signature was not made with a configured secret within the last five minutes."
        )


class BodyTooLargeError(DomainError):
    """The request's body is too large."""

    def __init__(self, limit: int) -> None:
        """`limit` in bytes."""
        super().__init__(f"A request body may have at most {limit} bytes.")


class HeadTooLargeError(DomainError):
    """The request's target and headers are too large."""

    def __init__(self, limit: int) -> None:
        """`limit` in bytes."""
        super().__init__(f"A request's target and headers may have at most {limit} bytes.")


class MalformedRequestError(DomainError):
    """The request is not HTTP/1.1."""

    def __init__(self) -> None:
        """The same whatever is wrong with it."""
        super().__init__("The request is not HTTP/1.1.")


class RequestTooSlowError(DomainError):
    """The client took too long to send its request."""

    def __init__(self) -> None:
        """The same for head and body."""
        super().__init__("The request did not arrive in time.")


class ServerFullError(DomainError):
    """The server has too many connections."""

    def __init__(self) -> None:
        """The same for every client."""
        super().__init__("The server has too many open connections. Please try again.")


class PageNotBuiltError(DomainError):
    """The web page is not there; the API is."""

    def __init__(self) -> None:
        """The same for everybody."""
        super().__init__(
            "The web page is not built: the build needs Node.js 20.19 or newer. With Node.js on "
            "the PATH, `make run` builds the page, or `make web` while the system runs; then "
            "reload. If a build fails, it prints why. Everything else works without the page: "
            "the API is described at /docs."
        )


class TemporalRefusedError(DomainError):
    """Temporal refuses what the service sends it; repeating the request does not help."""

    def __init__(self) -> None:
        """The same for every request; Temporal's reason is in the log."""
        super().__init__(
            "Temporal refused to start the workflow, and would refuse it again. The reason was "
            "logged."
        )
