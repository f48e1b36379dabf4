"""Bugs in what follows from a declined card."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import Connection

import activities.charges
from domain.payment import Payment
from domain.waiting_period import WaitingPeriod
from storage import card_limits


def try_a_stolen_card_again(patch: pytest.MonkeyPatch) -> None:
    """A card that was declined hard is charged all the same."""
    patch.setattr(card_limits, "find_refusal", lambda *_: None)


def retry_any_card(patch: pytest.MonkeyPatch) -> None:
    """Whatever card failed is tried again on the days of CARD_RETRY_DAYS."""

    def may_be_tried_again(_tx: Connection, payment: Payment) -> bool:
        return payment.failure is not None

    patch.setattr(activities.charges, "may_be_tried_again", may_be_tried_again)


def retry_cards_that_need_their_customer(patch: pytest.MonkeyPatch) -> None:
    """A card that is not saved is tried again, too."""
    patch.setattr(card_limits, "last_card_is_saved", lambda *_: True)


def retry_no_card(patch: pytest.MonkeyPatch) -> None:
    """CARD_RETRY_DAYS change nothing."""
    patch.setattr(WaitingPeriod, "card_retry_after", lambda *_: None)


def retry_every_day(patch: pytest.MonkeyPatch) -> None:
    """The card is tried again each day from the first one of CARD_RETRY_DAYS on."""
    card_retry_after = WaitingPeriod.card_retry_after

    def a_day_later(waiting: WaitingPeriod, moment: datetime) -> datetime | None:
        due = card_retry_after(waiting, moment)
        return due and min(due, max(moment, waiting.since) + timedelta(days=1))

    patch.setattr(WaitingPeriod, "card_retry_after", a_day_later)
