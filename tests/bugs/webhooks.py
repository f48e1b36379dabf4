"""Bugs about what the card provider decides later."""

import pytest
from sqlalchemy import Connection

from gateways.cards import Charged, StripeCards
from storage import provider_events


def leave_the_former_charge_open(patch: pytest.MonkeyPatch) -> None:
    """Another card is charged while the customer may still authenticate the first."""

    def close(self: StripeCards, open_id: str) -> Charged | None:
        del self, open_id

    patch.setattr(StripeCards, "close", close)


def hear_everything_anew(patch: pytest.MonkeyPatch) -> None:
    """Nobody looks whether an event was heard before."""

    def is_known(tx: Connection, event_id: str) -> bool:
        del tx, event_id
        return False

    patch.setattr(provider_events, "is_known", is_known)
