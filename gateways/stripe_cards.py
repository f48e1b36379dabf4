"""The card provider Stripe, through its own SDK."""

import logging
import os
import re
from collections.abc import Iterable
from typing import Any, cast

import stripe

from domain.customer import Card
from domain.field_types import PAYMENT_METHOD
from gateways.cards import (
    CardUnknownError,
    Charged,
    ChargeRequest,
    Declined,
    KnownCard,
    Outcome,
    Pending,
    ProviderRefund,
    ProviderRejectedError,
    ProviderUnavailableError,
    RefundRefusedError,
    RefundRequest,
    RefundStatus,
)
from gateways.stripe_errors import (
    is_key_exhausted,
    raise_key_exhausted,
    raise_provider_error,
    raise_unavailable,
)


class StripeCards:
    """`CardProvider` over Stripe's API. Safe to use from several threads."""

    def __init__(self, api_key: str, api_base: str, timeout_seconds: float = 20) -> None:
        """`api_base` is e.g. https://api.stripe.com; the timeout is per connect and per read."""
        if os.environ.get("STRIPE_LOG"):
            # The SDK then prints requests and responses to stderr, whatever the logging level.
            raise ValueError("Unset STRIPE_LOG: it would log details of cards.")
        logging.getLogger("stripe").setLevel(logging.WARNING)
        stripe.enable_telemetry = False
        # The SDK must not retry: Temporal does.
        self._stripe = stripe.StripeClient(
            api_key,
            base_addresses={"api": api_base.rstrip("/")},
            max_network_retries=0,
            http_client=stripe.RequestsClient(timeout=timeout_seconds),
        ).v1

    def describe_card(self, payment_method: str) -> KnownCard:
        """See `CardProvider`."""
        action = "look up a payment method"
        unknown = "The card provider does not know this card; request another payment method."
        if not _TOKEN.fullmatch(payment_method):
            # It cannot exist; and if it is a card number, it must not be sent anywhere.
            raise CardUnknownError(unknown)
        try:
            found = self._stripe.payment_methods.retrieve(payment_method)
        except stripe.InvalidRequestError as error:
            if error.code == "resource_missing":
                raise CardUnknownError(unknown) from None
            raise_provider_error(error, action)
        except stripe.StripeError as error:
            raise_provider_error(error, action)
        card = found.card if found.type == "card" else None
        if card is None:
            raise CardUnknownError("This payment method is not a card; request a card.")
        shown = Card(
            brand=card.brand,
            last4=card.last4 or "",
            exp_month=card.exp_month,
            exp_year=card.exp_year,
        )
        return KnownCard(found.id, shown, card.fingerprint)

    def create_customer(self, customer_id: str) -> str:
        """See `CardProvider`."""
        try:
            created = self._stripe.customers.create(
                {"metadata": {"customer": customer_id}},
                {"idempotency_key": f"customer:{customer_id}"},
            )
        except stripe.StripeError as error:
            raise_unavailable(error, f"create customer {customer_id}")
        return created.id

    def charge(self, charge: ChargeRequest) -> Outcome:
        """See `CardProvider`.

        An amount that no card can be charged with, e.g. below the minimum, is a decline too.
        """
        action = f"charge payment {charge.payment_id}, attempt {charge.attempt}"
        try:
            intent = self._stripe.payment_intents.create(
                {
                    "amount": charge.amount,
                    "currency": charge.currency.lower(),
                    "payment_method": charge.payment_method,
                    "allowed_payment_method_types": ["card"],
                    "confirm": True,
                    # The customer is not present: a charge that needs authentication is declined,
                    # and can be authenticated later.
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
            if is_key_exhausted(error):
                if outcome := self.find_charge(charge.payment_id, charge.attempt):
                    return outcome
                raise_key_exhausted(action)
            raise_provider_error(error, action)
        outcome = self._outcome(intent)
        if outcome is None:
            raise ProviderRejectedError(
                f"Could not {action}: it was left in status {intent.status!r} without a reason. "
                f"Look {intent.id} up in the card provider's dashboard."
            )
        return outcome

    def find_charge(self, payment_id: str, attempt: int) -> Outcome | None:
        """See `CardProvider`. May be an hour behind."""
        action = f"find the charge of payment {payment_id}, attempt {attempt}"
        wanted = {"payment": payment_id, "attempt": str(attempt)}
        query = " AND ".join(f"metadata['{name}']:'{_quoted(wanted[name])}'" for name in wanted)
        try:
            found = list(
                self._stripe.payment_intents.search(
                    {"query": query, "limit": 100}
                ).auto_paging_iter()
            )
        except stripe.StripeError as error:
            raise_unavailable(error, action)
        # Search may match other values than exactly these.
        outcomes = [
            self._outcome(intent) for intent in found if intent.metadata.to_dict() == wanted
        ]
        return _first_charged(outcomes)

    def look_up(self, open_id: str) -> Outcome:
        """See `CardProvider`. Never behind."""
        outcome = self._outcome(self._retrieve(open_id))
        return outcome or Declined("card_declined", "The charge was canceled.")

    def client_secret(self, open_id: str) -> str | None:
        """The secret with which a browser authenticates an open charge; None if it is not open.

        Its bearer may authenticate the charge, so it must never be stored or logged. Raises as
        `CardProvider` does.
        """
        intent = self._retrieve(open_id)
        outcome = self._outcome(intent)
        is_open = isinstance(outcome, Declined) and outcome.open_id is not None
        return intent.client_secret if is_open else None

    def close(self, open_id: str) -> Charged | None:
        """See `CardProvider`.

        Without an idempotency key: canceling twice is harmless, but a key would repeat a fault.
        """
        try:
            intent = self._stripe.payment_intents.cancel(open_id)
        except stripe.StripeError as error:
            if error.code != "payment_intent_unexpected_state":
                raise_provider_error(error, f"cancel charge {open_id}")
            intent = self._retrieve(open_id)
        match intent.status:
            case "canceled":
                return None
            case "succeeded":
                return Charged(open_id)
            case _:
                raise ProviderUnavailableError(
                    f"Charge {open_id} can't be canceled while it is {intent.status!r}; retry it."
                )

    def refund(self, refund: RefundRequest) -> ProviderRefund:
        """See `CardProvider`."""
        action = f"refund payment {refund.payment_id}"
        try:
            created = self._stripe.refunds.create(
                {
                    "payment_intent": refund.charge_id,
                    "amount": refund.amount,
                    "metadata": {"payment": refund.payment_id, "reference": refund.reference},
                },
                {"idempotency_key": refund.key},
            )
        except stripe.StripeError as error:
            # An earlier request, under this or another key, may cause either.
            exhausted = is_key_exhausted(error)
            if exhausted or error.code == "charge_already_refunded":
                for found in self.refunds(refund.charge_id):
                    ours = (found.payment_id, found.reference)
                    if (
                        ours == (refund.payment_id, refund.reference)
                        and found.status in _NOT_FAILED
                    ):
                        return found
            if exhausted:
                raise_key_exhausted(action)
            if error.code in _UNREFUNDABLE:
                message = f"Could not {action}: the card provider does not refund this charge."
                raise RefundRefusedError(message, error.code) from None
            raise_provider_error(error, action)
        return _refund(created)

    def look_up_refund(self, refund_id: str) -> ProviderRefund:
        """See `CardProvider`."""
        try:
            return _refund(self._stripe.refunds.retrieve(refund_id))
        except stripe.StripeError as error:
            raise_unavailable(error, f"look up refund {refund_id}")

    def refunds(self, charge_id: str) -> list[ProviderRefund]:
        """See `CardProvider`. Listings are never behind."""
        try:
            page = self._stripe.refunds.list({"payment_intent": charge_id, "limit": 100})
            return [_refund(one) for one in page.auto_paging_iter()]
        except stripe.StripeError as error:
            raise_provider_error(error, f"list the refunds of charge {charge_id}")

    def _outcome(self, intent: stripe.PaymentIntent) -> Outcome | None:
        """The outcome of a PaymentIntent; None if the bank was never asked."""
        if intent.status == "processing":
            # A replayed response is as old as the key: request the present status.
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
            raise_unavailable(error, f"look up charge {id}")


_TOKEN = re.compile(PAYMENT_METHOD)

_AUTHENTICATION = frozenset({"authentication_required", "payment_intent_authentication_failure"})
"""Error codes of declined charges that the customer can still authenticate.

Source: https://docs.stripe.com/payments/save-during-payment#handle-declines
"""

_UNREFUNDABLE = frozenset({"charge_disputed", "refund_disputed_payment"})
"""Error codes of charges that are not refunded, whatever is tried.

Source: https://docs.stripe.com/error-codes
"""

_NOT_FAILED = frozenset({RefundStatus.PENDING, RefundStatus.SUCCEEDED})

_REFUND_STATUSES = {"succeeded": RefundStatus.SUCCEEDED, "failed": RefundStatus.FAILED}
_REFUND_STATUSES["canceled"] = RefundStatus.FAILED

_UNCHARGEABLE_AMOUNTS = {
    "amount_too_small": "This amount is too small to be charged to a card.",
    "amount_too_large": "This amount is too large to be charged to a card.",
}


def _unchargeable(error: stripe.StripeError) -> Declined | None:
    """The decline that a refusal of this card or this amount means; None for other refusals."""
    if error.code in _UNCHARGEABLE_AMOUNTS:
        return Declined(error.code, _UNCHARGEABLE_AMOUNTS[error.code])
    if error.code == "resource_missing" and getattr(error, "param", None) == "payment_method":
        return Declined(error.code, "Your card can't be charged any more. Please add another one.")
    return None


def _first_charged(outcomes: Iterable[Outcome | None]) -> Outcome | None:
    """The outcome that took money; else one that may; else any."""
    known = [outcome for outcome in outcomes if outcome]
    charged = [outcome for outcome in known if isinstance(outcome, Charged)]
    pending = [outcome for outcome in known if isinstance(outcome, Pending)]
    return next(iter(charged or pending or known), None)


def _left_open(error: stripe.CardError) -> str | None:
    """The id of the PaymentIntent that was declined, if its customer can still authenticate it."""
    body: Any = error.json_body
    if error.code not in _AUTHENTICATION or not isinstance(body, dict):
        return None
    intent: Any = cast("dict[str, Any]", body).get("error", {}).get("payment_intent") or {}
    return intent.get("id")


def _refund(refund: stripe.Refund) -> ProviderRefund:
    metadata = refund.metadata.to_dict() if refund.metadata else {}
    return ProviderRefund(
        refund_id=refund.id,
        charge_id=str(refund.payment_intent),
        amount=refund.amount,
        currency=refund.currency.upper(),
        status=_REFUND_STATUSES.get(refund.status or "", RefundStatus.PENDING),
        failure=getattr(refund, "failure_reason", None),
        payment_id=metadata.get("payment"),
        reference=metadata.get("reference"),
    )


def _quoted(value: str) -> str:
    return value.replace("\\", "\\\\").replace("'", "\\'")
