"""`orders watch`: every event once, whatever becomes of the connection, and how it ended."""

import json

import pytest

from clients import event_follower
from tests.support.scripted_http import Script
from tests.unit.clients.answers import EVENTS, NOT_FOUND, ORDER, PAYMENT, Orders, event


def test_watch_a_payment_over_a_lost_connection(
    api: Script,
    orders: Orders,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(event_follower, "UNAVAILABLE_INTERVAL", 0.0)
    received = PAYMENT | {"status": "received"}
    api.answer(404, NOT_FOUND)
    api.answer(200, PAYMENT)
    # The first stream, which ends early; an API that is unavailable; the last stream.
    api.answer(200, PAYMENT)
    api.answer(
        200,
        event(1, "PaymentRequested", 0, amount=2500)
        + event(2, "CreditCardFailed", 0, **PAYMENT["failure"]),
        Content_Type=EVENTS,
    )
    api.answer(
        503, {"title": "Unavailable", "detail": "The database is unavailable."}, Retry_After="2"
    )
    api.answer(200, received)
    api.answer(
        200,
        event(3, "CustomerReminded", 2, reminder=1) + event(4, "PaymentReceived", 3),
        Content_Type=EVENTS,
    )
    api.answer(200, received)

    assert orders("watch", "p-1") == 0

    seen = [one.headers.get("last-event-id") for one in api.requests if "events" in one.path]
    assert seen == ["0", "2"]
    printed = capsys.readouterr()
    assert [line.split() for line in printed.out.splitlines()] == [
        ["day", "0", "payment", "PaymentRequested", "25.00"],
        [
            *("day", "0", "payment", "CreditCardFailed", "card_declined", "insufficient_funds"),
            *("Your", "card", "has", "insufficient", "funds."),
        ],
        ["day", "2", "payment", "CustomerReminded", "1"],
        ["day", "3", "payment", "PaymentReceived"],
        ["received"],
    ]
    assert "The database is unavailable." in printed.err


def test_watch_an_order_in_the_order_in_which_things_happened(
    api: Script, orders: Orders, capsys: pytest.CaptureFixture[str]
) -> None:
    """The API merges the two streams; a lost connection continues in both."""
    fulfilled = ORDER | {"status": "fulfilled", "payment": PAYMENT | {"status": "received"}}
    order, payment = "order/o-1", "payment/o-1"
    api.answer(200, ORDER)
    api.answer(200, ORDER)
    first = event(1, "OrderPlaced", 0, of=order) + event(1, "PaymentRequested", 0, of=payment)
    api.answer(200, first, Content_Type=EVENTS)
    api.answer(200, fulfilled)
    received = event(2, "PaymentReceived", 3, of=payment) + event(2, "PaymentReceived", 3, of=order)
    api.answer(200, received + event(3, "OrderFulfilled", 3, of=order), Content_Type=EVENTS)
    api.answer(200, fulfilled)

    assert orders("watch", "o-1") == 0

    streams = [one for one in api.requests if "/events" in one.path]
    assert {one.path for one in streams} == {"/orders/o-1/events?also=payment%2Fo-1"}
    assert [one.headers["last-event-id"] for one in streams] == ["0,0", "1,1"]
    assert [line.split() for line in capsys.readouterr().out.splitlines()] == [
        ["day", "0", "order", "OrderPlaced"],
        ["day", "0", "payment", "PaymentRequested"],
        ["day", "3", "payment", "PaymentReceived"],
        ["day", "3", "order", "PaymentReceived"],
        ["day", "3", "order", "OrderFulfilled"],
        ["fulfilled"],
    ]


def test_watch_says_when_a_payment_was_canceled(
    api: Script, orders: Orders, capsys: pytest.CaptureFixture[str]
) -> None:
    canceled = PAYMENT | {"status": "canceled"}
    api.answer(404, NOT_FOUND)
    api.answer(200, canceled)
    api.answer(200, canceled)
    api.answer(
        200, event(1, "PaymentRequested", 0) + event(2, "PaymentCanceled", 1), Content_Type=EVENTS
    )
    api.answer(200, canceled)
    assert orders("watch", "p-1", "--json") == 4
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(one["kind"], one["sequence"], one["type"]) for one in lines] == [
        ("payment", 1, "PaymentRequested"),
        ("payment", 2, "PaymentCanceled"),
    ]


def test_a_terminal_shows_what_the_payment_waits_for(
    api: Script,
    orders: Orders,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    received = PAYMENT | {"status": "received"}
    api.answer(404, NOT_FOUND)
    for _ in range(2):
        api.answer(200, received)
    api.answer(200, event(1, "CreditCardFailed", 0), Content_Type=EVENTS)
    # What is shown with the event.
    api.answer(200, PAYMENT)
    api.answer(200, received)
    assert orders("watch", "p-1") == 0
    printed = capsys.readouterr().out
    assert "waiting for another card until 2026-03-15 12:00" in printed
