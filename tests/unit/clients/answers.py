"""The API's answers to the `orders` command in tests."""

import json
from collections.abc import Callable
from typing import Any

PAYMENT = {
    "status": "awaiting_card",
    "deadline": "2026-03-15T12:00:00Z",
    "next_reminder_at": "2026-03-03T12:00:00Z",
    "failure": {
        "code": "card_declined",
        "decline_code": "insufficient_funds",
        "message": "Your card has insufficient funds.",
    },
}
ORDER = {
    "id": "o-1",
    "customer_id": "kermit",
    "policy": "charge_first",
    "status": "awaiting_payment",
    "reason": None,
    "total": 2500,
    "currency": "EUR",
    "payment": PAYMENT,
    "placed_at": "2026-03-01T12:00:00Z",
}
EVENTS = "text/event-stream"
NOT_FOUND = {"title": "Not found", "status": 404, "detail": "There is no order 'o-1'."}

Orders = Callable[..., int]
"""Runs the command; its exit code."""


def event(sequence: int, type: str, day: int, **data: Any) -> str:
    at = f"2026-03-{1 + day:02}T12:00:00Z"
    body = json.dumps({"sequence": sequence, "type": type, "at": at, "data": data})
    return f"id: {sequence}\nevent: {type}\ndata: {body}\n\n"
