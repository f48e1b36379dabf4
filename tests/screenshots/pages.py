"""Pictures of each page, light and dark, for the README."""

from typing import get_args

from playwright.sync_api import Browser

from stack.stack import Stack
from tests.screenshots.camera import take
from tests.screenshots.story import KERMIT
from tests.support.browsing import ColorScheme, Visit
from tests.support.shopping import await_shown

SIZE = (1180, 840)


def take_all(browser: Browser, stack: Stack, order: str) -> None:
    """`order` is Kermit's, whose payment waits."""
    pages = {
        "shop": ("/", f"{KERMIT}@example.com", "A payment waits", "Pond lily"),
        "order": (f"/orders/{order}", "The payment waits for another card.", "nothing to pay"),
        "operations": ("/operations", "Asked for by", "insufficient funds", "awaiting payment"),
        "side-by-side": ("/side-by-side", "Pond lily"),
        "troubles": ("/troubles", "The worker is stopped"),
    }
    for scheme in get_args(ColorScheme):
        context = Visit.begin(browser, stack.api_url, scheme, SIZE).context
        page = context.new_page()
        page.goto("/")
        page.get_by_role("button", name="Kermit").click()
        for name, (path, *texts) in pages.items():
            page.goto(f"/#{path}")
            await_shown(page, *texts)
            take(page, f"{name}-{scheme}")
        context.close()
