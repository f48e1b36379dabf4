"""The shop of chaos runs moves a payment's clock only when nothing is due."""

from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from clients.calls import Call
from verification.chaos.shop import Shop

NOW, BEFORE, AFTER = (f"2026-03-0{day}T12:00:00+00:00" for day in (3, 2, 4))


async def ignore(_response: httpx.Response) -> None:
    """No receipts."""


@pytest.mark.parametrize(
    ("reminder", "deadline", "is_moved"),
    [
        (AFTER, AFTER, True),
        (None, None, True),
        (BEFORE, AFTER, False),
        (NOW, AFTER, False),
        (None, BEFORE, False),
    ],
)
async def test_a_clock_is_not_moved_past_work_that_is_due(
    monkeypatch: pytest.MonkeyPatch, reminder: str | None, deadline: str | None, is_moved: bool
) -> None:
    payment: dict[str, Any] = {"now": NOW, "next_reminder_at": reminder, "deadline": deadline}
    requested: list[Call] = []
    shop = shop_of(monkeypatch, payment, requested)

    assert await shop.fast_forward("p-1", days=1) is is_moved

    assert [call.method for call in requested] == ["GET", "POST"][: 1 + is_moved]
    assert shop.clocks["p-1"].was_moved is is_moved
    await shop.close()


async def test_a_clock_is_moved_from_one_reminder_to_the_next(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Were it moved at once, a reminder that is tried again would make the others late."""
    payment = {"now": NOW, "next_reminder_at": AFTER, "deadline": "2026-03-17T12:00:00+00:00"}
    requested: list[Call] = []
    shop = shop_of(monkeypatch, payment, requested)

    assert await shop.fast_forward("p-1", days=5.5)

    assert [call.body["days"] for call in requested if call.body] == [1, 2, 2, 0.5]
    await shop.close()


def shop_of(
    monkeypatch: pytest.MonkeyPatch, payment: dict[str, Any], requested: list[Call]
) -> Shop:
    """Of one payment, whose customer is reminded every two days; it notes what is requested."""

    async def once(call: Call) -> httpx.Response:
        requested.append(call)
        if call.body:
            now = datetime.fromisoformat(payment["now"]) + timedelta(days=call.body["days"])
            payment["now"] = now.isoformat()
            if payment["next_reminder_at"] == payment["now"]:
                payment["next_reminder_at"] = (now + timedelta(days=2)).isoformat()
        return httpx.Response(200, json=payment)

    shop = Shop("http://127.0.0.1:1", ignore)
    monkeypatch.setattr(shop, "_once", once)
    return shop
