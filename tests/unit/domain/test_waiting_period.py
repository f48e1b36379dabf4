"""The waiting period: one deadline, and reminders before it."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from domain.waiting_period import PaymentTerms, WaitingPeriod
from tests.support.examples import NOON, later


def reminders(**terms: Any) -> list[datetime]:
    """When the customer is reminded, all through the waiting period."""
    waiting = WaitingPeriod(since=NOON, terms=PaymentTerms(**terms))
    found: list[datetime] = []
    while (due := waiting.reminder_at(len(found) + 1)) is not None:
        found.append(due)
    return found


def test_two_weeks_hold_six_reminders_and_none_at_the_deadline() -> None:
    assert reminders() == [later(days=day) for day in (2, 4, 6, 8, 10, 12)]
    assert WaitingPeriod(since=NOON, terms=PaymentTerms()).deadline == later(days=14)


def test_fractions_of_days_are_kept() -> None:
    found = reminders(waiting_time=timedelta(days=1), reminder_interval=timedelta(hours=7))
    assert found == [later(hours=7), later(hours=14), later(hours=21)]


def test_a_reminder_a_moment_before_the_deadline_counts() -> None:
    day = timedelta(days=1)
    assert reminders(waiting_time=day, reminder_interval=day) == []
    almost = day - timedelta(microseconds=1)
    assert reminders(waiting_time=day, reminder_interval=almost) == [NOON + almost]


def test_a_wait_shorter_than_the_interval_has_no_reminder() -> None:
    assert reminders(waiting_time=timedelta(hours=1), reminder_interval=timedelta(days=2)) == []


@pytest.mark.parametrize("name", ["waiting_time", "reminder_interval"])
@pytest.mark.parametrize("duration", [timedelta(0), timedelta(microseconds=-1)])
def test_terms_take_time(name: str, duration: timedelta) -> None:
    with pytest.raises(ValidationError, match="must be positive"):
        PaymentTerms.model_validate({name: duration})


def test_the_card_is_tried_again_on_its_days_before_the_deadline() -> None:
    terms = PaymentTerms(card_retry_days=(3, 7, 14))
    waiting = WaitingPeriod(since=NOON, terms=terms)
    assert waiting.card_retry_after(NOON) == later(days=3)
    assert waiting.card_retry_after(later(days=3)) == later(days=7)
    assert waiting.card_retry_after(later(days=8)) is None
    assert WaitingPeriod(since=NOON, terms=PaymentTerms()).card_retry_after(NOON) is None


def test_the_first_day_on_which_a_card_is_tried_again_is_the_next() -> None:
    assert PaymentTerms(card_retry_days=(1, 2)).card_retry_days == (1, 2)


@pytest.mark.parametrize("days", [(0,), (3, 3), (7, 3), (-1, 2)], ids=str)
def test_days_that_are_none_are_refused(days: tuple[int, ...]) -> None:
    with pytest.raises(ValidationError, match="each later than the one before"):
        PaymentTerms(card_retry_days=days)
