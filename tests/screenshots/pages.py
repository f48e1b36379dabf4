"""Pictures of each page, light and dark, for the README."""

from typing import get_args

from playwright.sync_api import Browser, expect

from dev.stack.stack import Stack
from domain.statuses import OrderPolicy
from tests.screenshots.camera import take
from tests.screenshots.story import KERMIT
from tests.support.browser import ColorScheme, Visit
from tests.support.web_shopper import await_shown

SIZE = (1180, 840)
WIDE = (1440, 2100)
"""Wide enough for whole diagrams, and for the three policies side by side."""


def take_all(browser: Browser, stack: Stack, order: str) -> None:
    """`order` is one of Kermit's whose payment waits for a card."""
    pages = {
        "shop": ("/", f"{KERMIT}@example.com", "A payment waits", "Pond lily"),
        "order": (f"/orders/{order}", "nothing to pay", "What happened", "Reminder 2"),
        "operations": ("/operations", "Due from", "insufficient funds", "awaiting payment"),
        "fault-injection": ("/fault-injection", "The worker is stopped"),
    }
    for scheme in get_args(ColorScheme):
        context = Visit.begin(browser, stack.api_url, scheme, SIZE).context
        page = context.new_page()
        page.goto("/")
        page.get_by_role("button", name="Kermit").click()
        for name, (path, *texts) in pages.items():
            page.set_viewport_size(
                {"width": WIDE[0] if name == "order" else SIZE[0], "height": 840}
            )
            page.goto(f"/#{path}")
            await_shown(page, *texts)
            if name == "fault-injection":
                slow = page.get_by_role("radio", name="The card provider is slow")
                slow.click()
                expect(slow).to_be_checked()
            take(page, f"{name}-{scheme}")
        page.get_by_role("button", name="Reset all").click()
        await_shown(page, "No faults are injected.")
        context.close()


def take_side_by_side(browser: Browser, stack: Stack) -> None:
    """Three more orders: Kermit's card is declined, and the steps done by then differ."""
    for scheme in get_args(ColorScheme):
        _take_side_by_side(browser, stack, scheme)


def _take_side_by_side(browser: Browser, stack: Stack, scheme: ColorScheme) -> None:
    context = Visit.begin(browser, stack.api_url, scheme, WIDE).context
    page = context.new_page()
    page.goto("/#/side-by-side")
    page.get_by_role("button", name="Kermit").click()
    page.get_by_label("Quantity of Pond lily").fill("1")
    page.get_by_role("button", name="Order three times").click()
    waiting = page.get_by_role("heading", name="awaiting payment")
    expect(waiting).to_have_count(len(OrderPolicy))
    await_shown(page, "Goods shipped")
    take(page, f"side-by-side-{scheme}", page.locator(".orders-beside"))
    context.close()
