"""The shop of chaos runs moves a payment's clock only when nothing is due."""

from typing import Any

import httpx
import pytest

from clients.calls import Call
from verification.chaos.shop import Shop

NOW, BEFORE, AFTER = (f"2026-03-0{day}T12:00:00Z" for day in (3, 2, 4))


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
    requested: list[str] = []

    async def once(call: Call) -> httpx.Response:
        requested.append(call.method)
        return httpx.Response(200, json=payment)

    shop = Shop("http://127.0.0.1:1", ignore)
    monkeypatch.setattr(shop, "_once", once)

    assert await shop.fast_forward("p-1", days=1) is is_moved

    assert requested == ["GET", "POST"][: 1 + is_moved]
    assert shop.clocks["p-1"].was_moved is is_moved
    await shop.close()
