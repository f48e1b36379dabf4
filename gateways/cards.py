"""Charging and refunding cards: requests to a card provider, and its responses.

A decline is a response. `ProviderUnavailableError` is a fault: retry with the same key.
`ProviderRejectedError` is a refusal, which repeats itself until somebody corrects its cause.

The provider keeps the response to an idempotency key for 24 hours
(https://docs.stripe.com/api/idempotent_requests). Until then the same request with the same key
returns the first outcome. After that, `find_charge` and `refunds` return it; `find_charge` may be
an hour behind (https://docs.stripe.com/search#data-freshness). The provider keeps a 500 too: see
`ProviderUnavailableError.key_exhausted`.

A charge may stay open: the bank has not decided yet (`Pending`), or it requires authentication, and
the customer may authenticate the declined charge until it is closed (`Declined.open_id`). `look_up`
returns the present outcome of an open charge, and `close` makes it final.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from domain.customer import Card


@dataclass(frozen=True)
class KnownCard:
    """A card at the provider: the payment method's id, and what may be shown of it.

    A test token stands for a new payment method each time; the id is the same ever after. The
    `fingerprint` is the same for the same card number; None if the provider has none.
    """

    payment_method: str
    card: Card
    fingerprint: str | None = None


@dataclass(frozen=True)
class ChargeRequest:
    """One attempt to charge a card with `amount` minor units, under its own idempotency `key`.

    `customer` is the provider's id of the customer; None in requests of releases before it was
    kept. On session the customer is present: their bank may require them to authenticate, and the
    provider saves the card for them when the charge succeeds. Off session the card must be saved
    (https://docs.stripe.com/payments/save-during-payment).
    """

    key: str
    payment_id: str
    attempt: int
    amount: int
    currency: str
    payment_method: str
    customer: str | None = None
    on_session: bool = False


@dataclass(frozen=True)
class Charged:
    """The money was taken; refunds refer to `charge_id`, which also identifies this outcome.

    `amount` (minor units) and `currency` are what the provider took.
    """

    charge_id: str
    amount: int | None = field(default=None, compare=False)
    currency: str | None = field(default=None, compare=False)


@dataclass(frozen=True)
class Declined:
    """The money was not taken; `message` may be shown to the customer.

    `code` is Stripe's error code (https://docs.stripe.com/error-codes), e.g. `card_declined`;
    `decline_code` says why the issuer declined (https://docs.stripe.com/declines/codes), and
    `advice_code` whether the issuer lets the card be tried again.
    With an `open_id` the customer may still authenticate that charge (3-D Secure), which then takes
    the money: it has to be closed before another card is charged.
    """

    code: str
    message: str
    open_id: str | None = None
    decline_code: str | None = None
    advice_code: str | None = None


CANCELED = Declined("card_declined", "The charge was canceled.")
"""The outcome of an open charge that was closed."""


@dataclass(frozen=True)
class Pending:
    """The bank has not decided on this charge yet."""

    open_id: str


Outcome = Charged | Declined | Pending


@dataclass(frozen=True)
class RefundRequest:
    """A refund of `amount` minor units of a charge, under its own idempotency `key`.

    `reference` identifies the refund within its payment, so that it is found again; releases
    without references made one refund of all that the payment held.
    """

    key: str
    charge_id: str
    amount: int
    payment_id: str
    reference: str = ""


class RefundStatus(StrEnum):
    """How far a refund is at the provider (https://docs.stripe.com/refunds#refund-object)."""

    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    """Also days after it succeeded: the money is with the provider again."""


@dataclass(frozen=True)
class ProviderRefund:
    """A refund at the provider: `amount` in minor units; `failure` is the provider's reason.

    `payment_id` and `reference` are those of the request; None if it was made in the dashboard.
    """

    refund_id: str
    charge_id: str
    amount: int
    currency: str
    status: RefundStatus
    failure: str | None = None
    payment_id: str | None = None
    reference: str | None = None


class ProviderUnavailableError(Exception):
    """The outcome of a request is unknown: retry it with the same key.

    With `key_exhausted`, the key repeats the same fault until its 24 hours are over, and the
    provider shows no effect of it. A charge may get a new key only when the search's lag has
    passed since the key's last request: from then on the search shows every effect. A refund may
    get a new key at once: listings are never behind.
    """

    def __init__(self, message: str, *, key_exhausted: bool = False) -> None:
        """`message` names the request."""
        super().__init__(message)
        self.key_exhausted = key_exhausted


class MissingAtProviderError(ProviderUnavailableError):
    """The provider has no object with this id, at least in our account and mode."""


class ProviderRejectedError(Exception):
    """The provider refuses the request for good; an operator has to look at it."""


class RefundRefusedError(ProviderRejectedError):
    """The provider refuses this refund for good, e.g. because the charge is disputed.

    `reason` is its error code, e.g. `charge_disputed`.
    """

    def __init__(self, message: str, reason: str) -> None:
        """`message` names the request."""
        super().__init__(message)
        self.reason = reason


class CustomerDeletedError(ProviderRejectedError):
    """The customer of a charge was deleted at the provider: their saved cards are lost."""


class CardUnknownError(ProviderRejectedError):
    """The payment method is unknown to the provider, or is not a card."""


class CardProvider(Protocol):
    """Charges and refunds cards. Every method blocks.

    Every method raises `ProviderUnavailableError` and `ProviderRejectedError`.
    """

    def describe_card(self, payment_method: str) -> KnownCard:
        """Look a card up. Raises `CardUnknownError` too."""
        ...

    def create_customer(self, customer_id: str, deleted: str | None = None) -> str:
        """The provider's id of a customer, under the key `customer:<customer_id>`.

        With `deleted`, the id of a customer that was deleted, the id of the one in their place; it
        is part of the key then. The provider gets no personal data. Repeated within the key's
        lifetime, returns the same id, unless the key only repeats a fault: then that of the next
        key.
        """
        ...

    def charge(self, charge: ChargeRequest) -> Outcome:
        """Charge a card; the same key charges it once. Raises `CustomerDeletedError` too."""
        ...

    def find_charge(self, payment_id: str, attempt: int) -> Outcome | None:
        """Search for an attempt's outcome under any key; None if the search shows none (yet)."""
        ...

    def look_up(self, open_id: str) -> Outcome:
        """The present outcome of an open charge."""
        ...

    def close(self, open_id: str) -> Charged | None:
        """Close an open charge, so that it takes no money; return `Charged` if it has already."""
        ...

    def refund(self, refund: RefundRequest) -> ProviderRefund:
        """Refund a charge; the same key refunds it once. Raises `RefundRefusedError` too."""
        ...

    def look_up_refund(self, refund_id: str) -> ProviderRefund:
        """The present state of a refund."""
        ...

    def refunds(self, charge_id: str) -> list[ProviderRefund]:
        """All refunds of a charge, by this system or in the dashboard, also those that failed."""
        ...
