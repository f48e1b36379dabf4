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
CUSTOMER = {
    "id": "kermit",
    "name": "Kermit [the frog]",
    "email": "kermit@example.com",
    "balance": 500,
    "currency": "EUR",
    "card": {"brand": "visa", "last4": "4242", "exp_month": 12, "exp_year": 2030},
}
PRODUCT = {"sku": "lily", "name": "Pond lily", "price": 2500, "currency": "EUR", "stock": 100}
NOT_FOUND = {"title": "Not found", "status": 404, "detail": "There is no order 'o-1'."}

Orders = Callable[..., int]
"""Runs the command; its exit code."""


def event(sequence: int, type: str, day: int, of: str | None = None, **data: Any) -> str:
    """As a stream has it; in one of several streams it says which one it is `of`."""
    at = f"2026-03-{1 + day:02}T12:00:00Z"
    which = {} if of is None else {"of": of}
    body = json.dumps({"sequence": sequence, "type": type, "at": at, "data": data} | which)
    return f"id: {sequence}\nevent: {type}\ndata: {body}\n\n"
