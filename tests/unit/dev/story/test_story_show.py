"""The story on a console: a timeline for each scenario, growing while it is played."""

from io import StringIO

import pytest
from rich.console import Console

from clients.rest import Event
from dev.story.presentation import Timetable


def happened(kind: str, type: str, day: int, **data: object) -> Event:
    at = f"2026-03-{1 + day:02}T12:00:00Z"
    return Event(kind=kind, id="o-1", sequence=1, type=type, at=at, data=data)


def console(*, terminal: bool) -> tuple[Console, StringIO]:
    printed = StringIO()
    return Console(file=printed, force_terminal=terminal, width=100, _environ={}), printed


def test_a_log_gets_the_timeline() -> None:
    out, printed = console(terminal=False)
    timetable = Timetable(out)

    timetable.scenario(4, "Kermit's card has expired")
    timetable.event(happened("order", "OrderPlaced", 0, total=2500))
    timetable.event(happened("payment", "CreditCardFailed", 0, code="expired_card"))
    timetable.event(happened("payment", "CustomerReminded", 2, reminder=1))
    timetable.says("Two days pass.")
    assert "CreditCardFailed" not in printed.getvalue()
    timetable.ended("The payment waits.")

    assert [line.split() for line in printed.getvalue().splitlines() if line] == [
        ["4.", "Kermit's", "card", "has", "expired"],
        ["day", "0", "order", "OrderPlaced", "25.00"],
        ["payment", "CreditCardFailed", "expired_card"],
        ["day", "2", "payment", "CustomerReminded", "1"],
        ["Two", "days", "pass."],
        ["✓", "The", "payment", "waits."],
    ]


@pytest.mark.parametrize("type", ["OrderPlaced", "PaymentReceived", "PaymentCanceled"])
def test_a_terminal_shows_an_event_at_once(type: str) -> None:
    out, printed = console(terminal=True)
    timetable = Timetable(out)
    timetable.scenario(1, "A good card pays")
    try:
        timetable.event(happened("order", type, 0))
        assert type in printed.getvalue()
    finally:
        timetable.close()
