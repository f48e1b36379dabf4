"""Bugs in what card providers and their banks require."""

from datetime import datetime

import pytest
import stripe

import activities.charges
from activities.refunds import RefundActivities
from domain.payment import Payment
from domain.statuses import RefundState
from gateways.cards import ChargeRequest, Declined, Outcome, RefundRefusedError
from gateways.stripe_charges import StripeCharges
from storage import card_limits, refund_states
from storage.refunds import Refund


def take_a_429_as_a_decline(patch: pytest.MonkeyPatch) -> None:
    """A request that came too early counts as a declined card."""
    without_intent = StripeCharges._without_intent

    def outcome(
        self: StripeCharges, charge: ChargeRequest, error: stripe.StripeError, action: str
    ) -> Outcome:
        if isinstance(error, stripe.RateLimitError):
            return Declined("rate_limit", "Too many requests.")
        return without_intent(self, charge, error, action)

    patch.setattr(StripeCharges, "_without_intent", outcome)


def try_a_lost_card_again(patch: pytest.MonkeyPatch) -> None:
    """The payment itself charges the same card again, whatever it was declined for."""

    def may_be_tried_again(_tx: object, payment: Payment) -> bool:
        return payment.failure is not None

    patch.setattr(activities.charges, "may_be_tried_again", may_be_tried_again)
    patch.setattr(card_limits, "find_refusal", lambda *_: None)


def count_refused_refunds_as_given_back(patch: pytest.MonkeyPatch) -> None:
    """A refund that the provider refuses, e.g. of a disputed charge, is booked all the same."""

    def refuse(
        self: RefundActivities, refund: Refund, refusal: RefundRefusedError, at: datetime
    ) -> RefundState:
        del refusal
        with self._database.write() as tx:
            return refund_states.settle(tx, refund, RefundState.SUCCEEDED, at).status

    patch.setattr(RefundActivities, "_refuse", refuse)
