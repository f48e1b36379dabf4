"""Bugs about open charges and webhooks."""

from datetime import datetime
from uuid import uuid4

import pytest
from sqlalchemy import Connection

from gateways.cards import Charged
from gateways.stripe_cards import StripeCards
from storage import dashboard_refunds, provider_events
from storage.dashboard_refunds import DashboardRefund


def leave_the_former_charge_open(patch: pytest.MonkeyPatch) -> None:
    """Another card is charged while the customer may still authenticate the first."""

    def close(self: StripeCards, open_id: str) -> Charged | None:
        del self, open_id

    patch.setattr(StripeCards, "close", close)


def hear_everything_anew(patch: pytest.MonkeyPatch) -> None:
    """Webhook events are handled without checking whether they are known."""

    def is_known(tx: Connection, event_id: str) -> bool:
        del tx, event_id
        return False

    patch.setattr(provider_events, "is_known", is_known)


def book_refunds_by_hand_anew(patch: pytest.MonkeyPatch) -> None:
    """A refund is known by the event that tells of it, not by its own id."""
    book = dashboard_refunds.record

    def book_anew(tx: Connection, refund: DashboardRefund, now: datetime) -> str | None:
        return book(tx, refund.model_copy(update={"refund_id": uuid4().hex}), now)

    patch.setattr(dashboard_refunds, "record", book_anew)
