"""Charging and refunding cards, through Stripe's SDK.

A decline is an answer; `ProviderUnavailableError` is a fault, to be retried with the same key;
`ProviderRejectedError` is nonsense, which no retry cures.

The provider keeps the answer to a key for 24 hours
(https://docs.stripe.com/api/idempotent_requests). Within them, asking again with the same key asks
for the outcome of the first time; after them, `find_charge` and `find_refund` tell what became of
it; `find_charge` may be behind by an hour (https://docs.stripe.com/search#data-freshness). A 500 is
kept too: see `ProviderUnavailableError.key_spent`.

A charge may stay open: the bank takes its time (`Pending`), or wants to see the customer, who can
authenticate a declined charge for as long as it is not closed (`Declined.open_id`). What came of it
is told by `look_up`, and `close` makes sure that nothing comes of it any more.
"""

import logging
import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, NoReturn, Protocol, cast

import stripe

from domain.customer import Card
from domain.forms import PAYMENT_METHOD


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

    With `key_spent`, the key will answer the same 500 until its 24 hours are over, and nothing
    was found that it had done. Once the search's lag has passed since the key was last sent to do
    something, nothing will be found any more: then, not before, a new key may be taken. A refund's
    new key may be taken at once: `find_refund` is never behind.
    """

    def __init__(self, message: str, *, key_spent: bool = False) -> None:
        """`message` says what was asked for."""
        super().__init__(message)
        self.key_spent = key_spent


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

    def find_refund(self, charge_id: str, payment_id: str) -> Refunded | None:
        """The refund of a charge that was asked for by this payment, whatever its key."""
        ...

    def refunded(self, charge_id: str) -> int:
        """Minor units of a charge that were given back, whoever asked for that."""
        ...


class StripeCards:
    """`CardProvider` at Stripe, or whoever speaks its API. Safe to use from several threads."""

    def __init__(self, api_key: str, api_base: str, timeout_seconds: float = 20) -> None:
        """`api_base` is e.g. https://api.stripe.com; the timeout is per connect and per read."""
        if os.environ.get("STRIPE_LOG"):
            # The SDK prints requests and answers to stderr then, whatever logging is set to.
            raise ValueError("Unset STRIPE_LOG: it would write what is known of cards to a log.")
        logging.getLogger("stripe").setLevel(logging.WARNING)
        stripe.enable_telemetry = False
        # Without retries of its own: Temporal owns them.
        self._stripe = stripe.StripeClient(
            api_key,
            base_addresses={"api": api_base.rstrip("/")},
            max_network_retries=0,
            http_client=stripe.RequestsClient(timeout=timeout_seconds),
        ).v1

    def describe_card(self, payment_method: str) -> Card:
        """See `CardProvider`."""
        doing = "look up a payment method"
        unknown = "The card provider knows no such card; ask for the payment method again."
        if not _TOKEN.fullmatch(payment_method):
            # Not worth a request, and if it is a card's number, not to be sent anywhere.
            raise CardUnknownError(unknown)
        try:
            found = self._stripe.payment_methods.retrieve(payment_method)
        except stripe.InvalidRequestError as error:
            if error.code == "resource_missing":
                raise CardUnknownError(unknown) from None
            _raise(error, doing)
        except stripe.StripeError as error:
            _raise(error, doing)
        card = found.card if found.type == "card" else None
        if card is None:
            raise CardUnknownError("This payment method is no card; ask for a card.")
        return Card(
            brand=card.brand,
            last4=card.last4 or "",
            exp_month=card.exp_month,
            exp_year=card.exp_year,
        )

    def charge(self, charge: ChargeRequest) -> Outcome:
        """See `CardProvider`.

        An amount that the provider takes from no card, e.g. below its minimum, is a decline too.
        """
        doing = f"charge payment {charge.payment_id}, attempt {charge.attempt}"
        try:
            intent = self._stripe.payment_intents.create(
                {
                    "amount": charge.amount,
                    "currency": charge.currency.lower(),
                    "payment_method": charge.payment_method,
                    "allowed_payment_method_types": ["card"],
                    "confirm": True,
                    # Nobody is there to authenticate: an attempt that needs it is declined, and
                    # can be authenticated later.
                    "off_session": True,
                    "metadata": {"payment": charge.payment_id, "attempt": str(charge.attempt)},
                },
                {"idempotency_key": charge.key},
            )
        except stripe.CardError as error:
            return Declined(
                error.code or "card_declined", error.user_message or "", _left_open(error)
            )
        except stripe.StripeError as error:
            if declined := _unchargeable(error):
                return declined
            if _is_spent(error):
                if outcome := self.find_charge(charge.payment_id, charge.attempt):
                    return outcome
                _raise_key_spent(doing)
            _raise(error, doing)
        outcome = self._outcome(intent)
        if outcome is None:
            raise ProviderRejectedError(
                f"Could not {doing}: it was left in status {intent.status!r} without a reason. "
                f"Look {intent.id} up in the card provider's dashboard."
            )
        return outcome

    def find_charge(self, payment_id: str, attempt: int) -> Outcome | None:
        """See `CardProvider`. May be behind by an hour."""
        doing = f"find the charge of payment {payment_id}, attempt {attempt}"
        wanted = {"payment": payment_id, "attempt": str(attempt)}
        query = " AND ".join(f"metadata['{name}']:'{_quoted(wanted[name])}'" for name in wanted)
        try:
            found = list(
                self._stripe.payment_intents.search(
                    {"query": query, "limit": 100}
                ).auto_paging_iter()
            )
        except stripe.StripeError as error:
            _raise(error, doing)
        # Search may match more loosely than we mean it.
        outcomes = [
            self._outcome(intent) for intent in found if intent.metadata.to_dict() == wanted
        ]
        return _first_charged(outcomes)

    def look_up(self, open_id: str) -> Outcome:
        """See `CardProvider`. Never behind."""
        outcome = self._outcome(self._retrieve(open_id))
        return outcome or Declined("card_declined", "The charge was canceled.")

    def client_secret(self, open_id: str) -> str | None:
        """What the customer's browser authenticates an open charge with; None if it is not open.

        Whoever has it may do that: it is handed on, and never written down. Raises as
        `CardProvider` does.
        """
        intent = self._retrieve(open_id)
        match self._outcome(intent):
            case Declined(open_id=str()):
                return intent.client_secret
            case _:
                return None

    def close(self, open_id: str) -> Charged | None:
        """See `CardProvider`.

        Without a key of ours: canceling twice is canceling once, but a key would repeat a fault.
        """
        try:
            intent = self._stripe.payment_intents.cancel(open_id)
        except stripe.StripeError as error:
            if error.code != "payment_intent_unexpected_state":
                _raise(error, f"cancel charge {open_id}")
            intent = self._retrieve(open_id)
        match intent.status:
            case "canceled":
                return None
            case "succeeded":
                return Charged(open_id)
            case _:
                raise ProviderUnavailableError(
                    f"Charge {open_id} can't be canceled while it is {intent.status!r}; ask again."
                )

    def refund(self, refund: RefundRequest) -> Refunded:
        """See `CardProvider`."""
        doing = f"refund payment {refund.payment_id}"
        try:
            given = self._stripe.refunds.create(
                {
                    "payment_intent": refund.charge_id,
                    "amount": refund.amount,
                    "metadata": {"payment": refund.payment_id},
                },
                {"idempotency_key": refund.key},
            )
        except stripe.StripeError as error:
            # Both may come of an earlier request under this or another key.
            spent = _is_spent(error)
            if spent or error.code == "charge_already_refunded":
                found = self.find_refund(refund.charge_id, refund.payment_id)
                if found:
                    return found
            if spent:
                _raise_key_spent(doing)
            _raise(error, doing)
        if given.status in _REFUND_FAILED:
            raise ProviderRejectedError(
                f"Could not {doing}: it ended in status {given.status!r}. "
                f"Look {given.id} up in the card provider's dashboard."
            )
        return Refunded(given.id)

    def find_refund(self, charge_id: str, payment_id: str) -> Refunded | None:
        """See `CardProvider`. Listings are never behind."""
        doing = f"find the refund of payment {payment_id}"
        try:
            page = self._stripe.refunds.list({"payment_intent": charge_id, "limit": 100})
            for refund in page.auto_paging_iter():
                asked_by = (refund.metadata.to_dict() if refund.metadata else {}).get("payment")
                if asked_by == payment_id and refund.status not in _REFUND_FAILED:
                    return Refunded(refund.id)
        except stripe.StripeError as error:
            _raise(error, doing)
        return None

    def refunded(self, charge_id: str) -> int:
        """See `CardProvider`. Listings are never behind."""
        try:
            page = self._stripe.refunds.list({"payment_intent": charge_id, "limit": 100})
            given = [one for one in page.auto_paging_iter() if one.status not in _REFUND_FAILED]
        except stripe.StripeError as error:
            _raise(error, f"list the refunds of charge {charge_id}")
        return sum(refund.amount for refund in given)

    def _outcome(self, intent: stripe.PaymentIntent) -> Outcome | None:
        """What a PaymentIntent came to; None if it never got as far as asking the bank."""
        if intent.status == "processing":
            # A replayed answer is as old as the key: ask for what it is now.
            intent = self._retrieve(intent.id)
        match intent.status:
            case "succeeded":
                return Charged(intent.id)
            case "processing":
                return Pending(intent.id)
            case "requires_action":
                return Declined(
                    "authentication_required",
                    "Your card was declined. This transaction requires authentication.",
                    intent.id,
                )
            case "requires_payment_method" | "canceled":
                error = intent.last_payment_error
                code = getattr(error, "code", None)
                if not code:
                    return None
                is_open = intent.status != "canceled" and code in _AUTHENTICATION
                message = getattr(error, "message", None) or ""
                return Declined(code, message, intent.id if is_open else None)
            case _:
                return None

    def _retrieve(self, id: str) -> stripe.PaymentIntent:
        try:
            return self._stripe.payment_intents.retrieve(id)
        except stripe.StripeError as error:
            _raise(error, f"look up charge {id}")


_TOKEN = re.compile(PAYMENT_METHOD)

_AUTHENTICATION = frozenset({"authentication_required", "payment_intent_authentication_failure"})
"""Why a charge is declined that its customer can still authenticate.

Source: https://docs.stripe.com/payments/save-during-payment#handle-declines
"""

_REFUND_FAILED = frozenset({"failed", "canceled"})

_UNCHARGEABLE_AMOUNTS = {
    "amount_too_small": "This amount is too small to be charged to a card.",
    "amount_too_large": "This amount is too large to be charged to a card.",
}


def _unchargeable(error: stripe.StripeError) -> Declined | None:
    """The refusals that speak of this card or this amount, not of the request's form."""
    if error.code in _UNCHARGEABLE_AMOUNTS:
        return Declined(error.code, _UNCHARGEABLE_AMOUNTS[error.code])
    if error.code == "resource_missing" and getattr(error, "param", None) == "payment_method":
        return Declined(error.code, "Your card can't be charged any more. Please give another one.")
    return None


def _first_charged(outcomes: Iterable[Outcome | None]) -> Outcome | None:
    """The one that took money, or else may, or else any."""
    known = [outcome for outcome in outcomes if outcome]
    charged = [outcome for outcome in known if isinstance(outcome, Charged)]
    pending = [outcome for outcome in known if isinstance(outcome, Pending)]
    return next(iter(charged or pending or known), None)


def _left_open(error: stripe.CardError) -> str | None:
    """The id of the PaymentIntent that was declined, if its customer can still authenticate it."""
    told: Any = error.json_body
    if error.code not in _AUTHENTICATION or not isinstance(told, dict):
        return None
    intent: Any = cast("dict[str, Any]", told).get("error", {}).get("payment_intent") or {}
    return intent.get("id")


def _is_spent(error: stripe.StripeError) -> bool:
    """The key only repeats a fault, or was used by a release that asked in other words."""
    if isinstance(error, stripe.IdempotencyError):
        return error.http_status == HTTPStatus.BAD_REQUEST
    headers = {name.lower(): value for name, value in (error.headers or {}).items()}
    return (error.http_status or 0) >= HTTPStatus.INTERNAL_SERVER_ERROR and headers.get(
        "idempotent-replayed"
    ) == "true"


def _raise_key_spent(doing: str) -> NoReturn:
    raise ProviderUnavailableError(
        f"Could not {doing}: the card provider will not say what became of this key, and nothing "
        "is known to have been done under it. Ask again; see `key_spent` for a new key.",
        key_spent=True,
    ) from None


def _raise(error: stripe.StripeError, doing: str) -> NoReturn:
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


def _quoted(value: str) -> str:
    return value.replace("\\", "\\\\").replace("'", "\\'")
