"""Reasons to refuse a request, as classes with the values that they are about."""

from datetime import timedelta


class DomainError(Exception):
    """A request that the business refuses."""


class NotFoundError(DomainError):
    """The requested object does not exist."""

    def __init__(self, kind: str, id: str) -> None:
        """`kind` is a noun for people to read, e.g. `customer`."""
        super().__init__(f"There is no {kind} {id!r}.")
        self.kind = kind
        self.id = id


class ConflictError(DomainError):
    """The request contradicts the stored state; the message says what to do instead."""


class LimitReachedError(DomainError):
    """A rate limit is reached; the message says which."""

    def __init__(self, message: str, retry_after: timedelta) -> None:
        """`retry_after` is the time until the request is accepted again."""
        super().__init__(message)
        self.retry_after = retry_after


class InsufficientBalanceError(DomainError):
    """A transfer would take an account below zero."""

    def __init__(self, account: str, amount: int) -> None:
        """`amount` is in cents."""
        super().__init__(f"Account {account!r} does not hold {amount} cents.")
        self.account = account
        self.amount = amount


class GoodsUnavailableError(DomainError):
    """The stock of a product does not cover the order."""

    def __init__(self, sku: str) -> None:
        """`sku` is the first product without enough stock."""
        super().__init__(f"There is not enough of {sku!r} in stock.")
        self.sku = sku
