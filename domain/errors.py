"""What can be wrong with a request, as classes that carry the objects they speak of."""

from datetime import timedelta


class DomainError(Exception):
    """Somebody asked for something that the business refuses."""


class NotFoundError(DomainError):
    """There is no such thing."""

    def __init__(self, kind: str, id: str) -> None:
        """`kind` is a noun for the reader, e.g. `customer`."""
        super().__init__(f"There is no {kind} {id!r}.")
        self.kind = kind
        self.id = id


class ConflictError(DomainError):
    """The request contradicts what is there already; the message says what to do instead."""


class LimitReachedError(DomainError):
    """Somebody did something too often for now; the message says what."""

    def __init__(self, message: str, retry_after: timedelta) -> None:
        """`retry_after` is how long it is refused from now on."""
        super().__init__(message)
        self.retry_after = retry_after


class InsufficientBalanceError(DomainError):
    """An account would go below zero."""

    def __init__(self, account: str, amount: int) -> None:
        """`amount` is in cents."""
        super().__init__(f"Account {account!r} does not hold {amount} cents.")
        self.account = account
        self.amount = amount


class GoodsUnavailableError(DomainError):
    """The stock of a product does not cover what was asked for."""

    def __init__(self, sku: str) -> None:
        """`sku` names the first product that is short."""
        super().__init__(f"There is not enough of {sku!r} in stock.")
        self.sku = sku
