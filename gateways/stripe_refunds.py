"""Refunds at Stripe."""

from typing import cast

import stripe

from domain.statuses import WHOLE
from gateways.cards import ProviderRefund, RefundRequest, RefundStatus
from gateways.stripe_amounts import from_provider, to_provider
from gateways.stripe_client import StripeConnection
from gateways.stripe_errors import (
    is_key_exhausted,
    raise_key_exhausted,
    raise_provider_error,
    raise_refund_error,
    raise_unavailable,
)


class StripeRefunds(StripeConnection):
    """Refunds of charges; found by id or by listing, which is never behind."""

    def refund(self, refund: RefundRequest) -> ProviderRefund:
        """See `CardProvider`. Looks the charge's currency up first: the amount is sent in it."""
        action = f"refund payment {refund.payment_id}"
        amount = to_provider(refund.amount, self._currency(refund, action))
        metadata = {"payment": refund.payment_id}
        if refund.reference:
            metadata["reference"] = refund.reference
        try:
            created = self._stripe.refunds.create(
                {
                    "payment_intent": refund.charge_id,
                    "amount": amount,
                    "metadata": metadata,
                },
                {"idempotency_key": refund.key},
            )
        except stripe.StripeError as error:
            # An earlier request, under this or another key, may cause either.
            exhausted = is_key_exhausted(error)
            if exhausted or error.code == "charge_already_refunded":
                for found in self.refunds(refund.charge_id):
                    if _is_of(refund, found) and found.status is not RefundStatus.FAILED:
                        return found
            if exhausted:
                raise_key_exhausted(action)
            raise_refund_error(error, action)
        return _refund(created)

    def look_up_refund(self, refund_id: str) -> ProviderRefund:
        """See `CardProvider`."""
        try:
            return _refund(self._stripe.refunds.retrieve(refund_id))
        except stripe.StripeError as error:
            raise_unavailable(error, f"look up refund {refund_id}")

    def refunds(self, charge_id: str) -> list[ProviderRefund]:
        """See `CardProvider`."""
        try:
            page = self._stripe.refunds.list({"payment_intent": charge_id, "limit": 100})
            return [_refund(one) for one in page.auto_paging_iter()]
        except stripe.StripeError as error:
            raise_provider_error(error, f"list the refunds of charge {charge_id}")

    def _currency(self, refund: RefundRequest, action: str) -> str:
        try:
            return self._stripe.payment_intents.retrieve(refund.charge_id).currency.upper()
        except stripe.StripeError as error:
            raise_provider_error(error, action)


_STATUSES = {
    "succeeded": RefundStatus.SUCCEEDED,
    "pending": RefundStatus.PENDING,
    "requires_action": RefundStatus.PENDING,
    "failed": RefundStatus.FAILED,
    "canceled": RefundStatus.FAILED,
}
"""Source: https://docs.stripe.com/api/refunds/object#refund_object-status."""

_WHOLE = frozenset({"", WHOLE})
"""References of the refund of all that a payment holds: releases without references made no other,
so that a refund of theirs, which has none, is this one.
"""


def _is_of(request: RefundRequest, found: ProviderRefund) -> bool:
    if found.payment_id != request.payment_id:
        return False
    return (found.reference or "") == request.reference or (
        found.reference is None and request.reference in _WHOLE
    )


def _refund(refund: stripe.Refund) -> ProviderRefund:
    metadata = refund.metadata.to_dict() if refund.metadata else {}
    currency = refund.currency.upper()
    return ProviderRefund(
        refund_id=refund.id,
        charge_id=cast("str", refund.payment_intent),
        amount=from_provider(refund.amount, currency),
        currency=currency,
        # A status that is not known yet, by a newer version, may still become another.
        status=_STATUSES.get(refund.status or "", RefundStatus.PENDING),
        failure=getattr(refund, "failure_reason", None),
        payment_id=metadata.get("payment"),
        reference=metadata.get("reference"),
    )
