"""Stripe's customers and their cards (payment methods)."""

import re
from itertools import count
from typing import cast

import stripe

from domain.customer import Card
from domain.field_types import PAYMENT_METHOD
from gateways.cards import CardUnknownError, ChargeRequest, CustomerDeletedError, KnownCard
from gateways.stripe_client import StripeConnection
from gateways.stripe_errors import (
    is_fault,
    is_key_exhausted,
    raise_provider_error,
    raise_unavailable,
)


class StripeWallets(StripeConnection):
    """Customers and cards."""

    def describe_card(self, payment_method: str) -> KnownCard:
        """See `CardProvider`."""
        action = "look up a payment method"
        unknown = "The card provider does not know this card; request another payment method."
        if not _TOKEN.fullmatch(payment_method):
            # It cannot exist; and if it is a card number, it must not be sent anywhere.
            raise CardUnknownError(unknown)
        try:
            found = self._stripe.payment_methods.retrieve(payment_method)
        except stripe.StripeError as error:
            if error.code == _MISSING:
                raise CardUnknownError(unknown) from None
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

    def create_customer(self, customer_id: str, deleted: str | None = None) -> str:
        """See `CardProvider`.

        A key that only repeats a fault is followed by the next one. If that fault made a customer
        after all, it stays at the provider without cards, charges and personal data: harmless, and
        not worth a search, which would be behind.
        """
        key = f"customer:{customer_id}:{deleted}" if deleted else f"customer:{customer_id}"
        for number in count(1):
            try:
                created = self._stripe.customers.create(
                    {"metadata": {"customer": customer_id}},
                    {"idempotency_key": key if number == 1 else f"{key}:{number}"},
                )
            except stripe.StripeError as error:
                if not is_key_exhausted(error):
                    raise_provider_error(error, f"create customer {customer_id}")
            else:
                return created.id
        raise AssertionError  # `count` has no end


def require_customer(
    api: stripe.V1Services, charge: ChargeRequest, error: stripe.StripeError
) -> None:
    """Raise `CustomerDeletedError` if that is why Stripe refused a request for the charge.

    The error does not say so: it is the one of an unknown customer, as with the API key of another
    account, which must not cost our customers their saved cards. But a deleted customer can still
    be retrieved (https://docs.stripe.com/api/customers/delete).

    Raises `ProviderUnavailableError` too.
    """
    is_missing = error.code == _MISSING and getattr(error, "param", None) == "customer"
    if not is_missing or charge.customer is None:
        return
    action = f"look up the customer of payment {charge.payment_id}, attempt {charge.attempt}"
    try:
        found = api.customers.retrieve(charge.customer)
    except stripe.StripeError as failed:
        if failed.code == _MISSING:
            return
        raise_unavailable(failed, action)
    if getattr(found, "deleted", False):
        message = f"Customer {charge.customer} of payment {charge.payment_id} was deleted there."
        raise CustomerDeletedError(message)


def is_unusable(api: stripe.V1Services, charge: ChargeRequest, error: stripe.StripeError) -> bool:
    """Whether Stripe refused a charge because its card can't be charged (any more).

    Stripe's error often does not say so: the one of a card that was used without a customer, or
    was detached from one, has a text, and neither code nor parameter
    (https://github.com/Automattic/woocommerce-payments/issues/323); that of somebody else's card
    names the parameter only. A request that is wrong by our own fault may look the same, and must
    not cost a customer their card. So the decision rests on what Stripe says of the card itself:

    - unknown, or somebody else's: no request could charge it for this customer;
    - our customer's: it can be charged, so that the request must be wrong;
    - nobody's, although it was saved (off session): it was detached, for good;
    - nobody's, on session: new, or used up. Only the latter can't be attached to its customer. To
      attach a new one does no harm: the charge would have done it. Stripe's refusal to attach has
      no code; with one, the request is wrong.
    - nobody's, and a request of a release without customers: the payment method does not tell new
      from used up. It is taken for used up if the error names neither code nor parameter, as
      Stripe's errors about parameters do.

    Raises `ProviderUnavailableError`, `ProviderRejectedError` and `CustomerDeletedError`.
    """
    try:
        card = api.payment_methods.retrieve(charge.payment_method)
    except stripe.StripeError as failed:
        if failed.code == _MISSING:
            return True
        raise_unavailable(failed, _look_up_of_card(charge))
    owner = cast("str | None", card.customer)
    if owner is not None:
        return owner != charge.customer
    if charge.customer is None:
        return error.code is None and getattr(error, "param", None) is None
    return not charge.on_session or not _can_be_attached(api, charge, card.id, charge.customer)


def _can_be_attached(
    api: stripe.V1Services, charge: ChargeRequest, card: str, customer: str
) -> bool:
    try:
        api.payment_methods.attach(card, {"customer": customer})
    except stripe.StripeError as error:
        if is_fault(error):
            raise_provider_error(error, _look_up_of_card(charge))
        require_customer(api, charge, error)
        # A declined card (HTTP 402) is a new one.
        return not (isinstance(error, stripe.InvalidRequestError) and error.code is None)
    return True


def _look_up_of_card(charge: ChargeRequest) -> str:
    return f"look up the card of payment {charge.payment_id}, attempt {charge.attempt}"


_TOKEN = re.compile(PAYMENT_METHOD)

_MISSING = "resource_missing"
