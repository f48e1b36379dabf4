"""Bugs about refunds."""

from uuid import uuid4

import pytest
from sqlalchemy import Connection

from activities import refunds as activities
from domain.payment import Payment
from domain.statuses import RefundState
from gateways.cards import ProviderRefund
from storage import dashboard_refunds, refund_states, refunds
from storage.refunds import Refund


def count_failed_refunds_as_given_back(patch: pytest.MonkeyPatch) -> None:
    """A refund that fails days later stays as it is."""
    settle = refund_states.settle

    def settle_once(
        tx: Connection, refund: Refund, state: RefundState, *rest: object, **named: object
    ) -> Refund:
        if state is RefundState.FAILED:
            return refunds.get(tx, refund.payment_id, refund.reference)
        return settle(tx, refund, state, *rest, **named)  # pyright: ignore[reportArgumentType]

    patch.setattr(refund_states, "settle", settle_once)


def refund_a_part_anew(patch: pytest.MonkeyPatch) -> None:
    """A retry neither looks for the refund nor keeps its idempotency key."""

    def is_another(found: ProviderRefund, refund: Refund) -> bool:
        del found, refund
        return False

    def random_key(refund: Refund) -> str:
        del refund
        return uuid4().hex

    patch.setattr(activities, "_is", is_another)
    patch.setattr(Refund, "key", property(random_key))


def reserve_nothing(patch: pytest.MonkeyPatch) -> None:
    """A refund does not count what others are about to give back."""
    patch.setattr(Refund, "reserved_on_card", property(lambda _: 0))


def cut_dashboard_refunds(patch: pytest.MonkeyPatch) -> None:
    """A dashboard refund counts only as far as the payment's row says that a card paid."""
    divide = dashboard_refunds._divide

    def cut(payment: Payment, known: list[Refund], amount: int) -> dashboard_refunds._Parts:
        return divide(payment, known, min(amount, payment.charged))

    patch.setattr(dashboard_refunds, "_divide", cut)


def owe_nothing_of_limited_refunds(patch: pytest.MonkeyPatch) -> None:
    """What a limited refund does not give back is forgotten."""
    patch.setattr(refund_states, "_still_owed", lambda *_: 0)
