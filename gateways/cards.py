"""Charging and refunding cards: what is asked of a card provider, and what it may answer.

A decline is an answer; `ProviderUnavailableError` is a fault, to be retried with the same key;
`ProviderRejectedError` is nonsense, which no retry cures.

The provider keeps the answer to a key for 24 hours
(https://docs.stripe.com/api/idempotent_requests). Within them, asking again with the same key asks
for the outcome of the first time; after them, `find_charge` and `refunded` tell what became of it;
`find_charge` may be behind by an hour (https://docs.stripe.com/search#data-freshness). A 500 is
kept too: see `ProviderUnavailableError.key_exhausted`.

A charge may stay open: the bank takes its time (`Pending`), or wants to see the customer, who can
authenticate a declined charge for as long as it is not closed (`Declined.open_id`). What came of it
is told by `look_up`, and `close` makes sure that nothing comes of it any more.
"""

from dataclasses import dataclass
from typing import Protocol

from domain.customer import Card


@dataclass(frozen=True)
class ChargeRequest:
    """One attempt to take `amount` minor units from a card, under its own `key`."""

    key: str
    payment_id: str
    attempt: int
    amount: int
    currency: str
    payment_method: str


@dataclass(frozen=True)
class Charged:
    """The money was taken; `charge_id` is what a refund names."""

    charge_id: str


@dataclass(frozen=True)
class Declined:
    """The money was not taken; `message` may be shown to the customer.

    `code` is Stripe's error code (https://docs.stripe.com/error-codes), e.g. `card_declined`.
    With an `open_id` the customer may still authenticate that charge (3-D Secure), which then takes
    the money: it has to be closed before another card is charged.
    """

    code: str
    message: str
    open_id: str | None = None


@dataclass(frozen=True)
class Pending:
    """The bank has not decided on this charge yet; it takes the money or declines, later."""

    open_id: str


Outcome = Charged | Declined | Pending


@dataclass(frozen=True)
class RefundRequest:
    """Giving back `amount` minor units of a charge, under its own `key`."""

    key: str
    charge_id: str
    amount: int
    payment_id: str


@dataclass(frozen=True)
class Refunded:
    """The money was given back."""

    refund_id: str


class ProviderUnavailableError(Exception):
    """The provider did not say what became of the request: ask again, with the same key.

    With `key_exhausted`, the key will answer the same 500 until its 24 hours are over, and nothing
    was found that it had done. Once the search's lag has passed since the key was last sent to do
    something, nothing will be found any more: then, not before, a new key may be taken. A refund's
    new key may be taken at once: listings are never behind.
    """

    def __init__(self, message: str, *, key_exhausted: bool = False) -> None:
        """`message` says what was asked for."""
        super().__init__(message)
        self.key_exhausted = key_exhausted


class ProviderRejectedError(Exception):
    """The provider will never do this; somebody has to look at it."""


class CardUnknownError(ProviderRejectedError):
    """The provider does not know the payment method, or it is no card."""


class CardProvider(Protocol):
    """Whoever takes money from cards for us.

    Every method raises `ProviderUnavailableError` or `ProviderRejectedError`, and blocks meanwhile.
    """

    def describe_card(self, payment_method: str) -> Card:
        """What may be shown of a card. Raises `CardUnknownError` too."""
        ...

    def charge(self, charge: ChargeRequest) -> Outcome:
        """Takes the money; the same key takes it once."""
        ...

    def find_charge(self, payment_id: str, attempt: int) -> Outcome | None:
        """What became of an attempt, whatever its key; None if none is known (yet)."""
        ...

    def look_up(self, open_id: str) -> Outcome:
        """What a charge that was left open has come to by now."""
        ...

    def close(self, open_id: str) -> Charged | None:
        """Sees to it that an open charge takes no money; if it has by now, that counts."""
        ...

    def refund(self, refund: RefundRequest) -> Refunded:
        """Gives the money back; the same key gives it back once."""
        ...

    def refunded(self, charge_id: str) -> int:
        """Minor units of a charge that were given back, whoever asked for that."""
        ...
