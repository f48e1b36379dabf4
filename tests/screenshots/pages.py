"""Pictures of each page, light and dark, for the README."""

from typing import get_args

from playwright.sync_api import Browser, expect

from stack.stack import Stack
from tests.screenshots.camera import take
from tests.screenshots.story import KERMIT
from tests.support.browsing import ColorScheme, Visit

SIZE = (1180, 840)


def take_all(browser: Browser, stack: Stack, order: str) -> None:
    """`order` is Kermit's, whose payment waits."""
    pages = {
        "shop": ("/", f"{KERMIT}@example.com"),
        "order": (f"/orders/{order}", "The payment waits for another card."),
        "operations": ("/operations", "Operations"),
        "side-by-side": ("/side-by-side", "Policy"),
        "troubles": ("/troubles", "Put everything right"),
    }
    for scheme in get_args(ColorScheme):
        context = Visit.begin(browser, stack.api_url, scheme, SIZE).context
        page = context.new_page()
        page.goto("/")
        for name, (path, text) in pages.items():
            page.goto(f"/#{path}")
            expect(page.get_by_role("main").get_by_text(text).first).to_be_visible()
            page.wait_for_load_state("load")
            take(page, f"{name}-{scheme}")
        context.close()
