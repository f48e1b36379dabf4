"""Charges at Stripe: a PaymentIntent for each attempt, confirmed when it is made."""

import stripe
from stripe.params import PaymentIntentCreateParams

from gateways.cards import (
    CANCELED,
    Charged,
    ChargeRequest,
    Declined,
    Outcome,
    ProviderUnavailableError,
)
from gateways.stripe_amounts import to_provider
from gateways.stripe_client import StripeConnection
from gateways.stripe_errors import (
    is_fault,
    is_key_exhausted,
    raise_key_exhausted,
    raise_provider_error,
    raise_unavailable,
)
from gateways.stripe_outcomes import UNUSABLE, charged, declined, first_charged, outcome_of, refused
from gateways.stripe_wallets import is_unusable, require_customer


class StripeCharges(StripeConnection):
    """Charges of cards."""

    def charge(self, charge: ChargeRequest) -> Outcome:
        """See `CardProvider`.

        An amount that no card can be charged with, e.g. below the minimum, is a decline too, and so
        is a card that can't be used (any more).
        """
        action = f"charge payment {charge.payment_id}, attempt {charge.attempt}"
        try:
            intent = self._stripe.payment_intents.create(
                _parameters(charge), {"idempotency_key": charge.key}
            )
        except stripe.StripeError as error:
            return self._without_intent(charge, error, action)
        outcome = self._outcome(intent)
        if outcome is None:
            # No refusal: there is a PaymentIntent, and a request with another key would make two.
            raise ProviderUnavailableError(
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
        # Search may match other values than exactly these, and other apps may add names.
        return first_charged(
            self._outcome(intent)
            for intent in found
            if wanted.items() <= (intent.metadata.to_dict() if intent.metadata else {}).items()
        )

    def look_up(self, open_id: str) -> Outcome:
        """See `CardProvider`. Never behind."""
        outcome = self._outcome(self._retrieve(open_id))
        return outcome or CANCELED

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
                return charged(intent)
            case _:
                raise ProviderUnavailableError(
                    f"Charge {open_id} can't be canceled while it is {intent.status!r}; retry it."
                )

    def _without_intent(
        self, charge: ChargeRequest, error: stripe.StripeError, action: str
    ) -> Outcome:
        """The outcome of a request that was answered with an error."""
        if is_key_exhausted(error):
            if outcome := self.find_charge(charge.payment_id, charge.attempt):
                return outcome
            raise_key_exhausted(action)
        if is_fault(error):
            raise_provider_error(error, action)
        if isinstance(error, stripe.CardError):
            return declined(error)
        if decline := refused(error):
            return decline
        require_customer(self._stripe, charge, error)
        if not is_unusable(self._stripe, charge, error):
            raise_provider_error(error, action)
        return UNUSABLE

    def _outcome(self, intent: stripe.PaymentIntent) -> Outcome | None:
        if intent.status == "processing":
            # A replayed response is as old as the key: request the present status.
            intent = self._retrieve(intent.id)
        return outcome_of(intent)

    def _retrieve(self, id: str) -> stripe.PaymentIntent:
        try:
            return self._stripe.payment_intents.retrieve(id)
        except stripe.StripeError as error:
            raise_unavailable(error, f"look up charge {id}")


def _parameters(charge: ChargeRequest) -> PaymentIntentCreateParams:
    parameters: PaymentIntentCreateParams = {
        "amount": to_provider(charge.amount, charge.currency),
        "currency": charge.currency.lower(),
        "payment_method": charge.payment_method,
        "allowed_payment_method_types": ["card"],
        "confirm": True,
        "metadata": {"payment": charge.payment_id, "attempt": str(charge.attempt)},
    }
    if charge.customer is not None:
        parameters["customer"] = charge.customer
    if charge.customer is not None and charge.on_session:
        # The customer is present, and may be asked to authenticate; the card is then saved.
        parameters["setup_future_usage"] = "off_session"
    else:
        # Nobody is present: a charge that needs authentication is declined, and can be
        # authenticated later.
        parameters["off_session"] = True
    return parameters


def _quoted(value: str) -> str:
    return value.replace("\\", "\\\\").replace("'", "\\'")
