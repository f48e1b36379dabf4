"""Each page, light and dark, on a phone and on a desk: axe finds nothing."""

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, expect

from stack.stack import Stack
from tests.support.browsing import DESKTOP, PHONE, ColorScheme, Visit
from tests.support.shop import Shop


@pytest.fixture(params=["light", "dark"])
def scheme(request: pytest.FixtureRequest) -> ColorScheme:
    return request.param


@pytest.fixture(params=[PHONE, DESKTOP], ids=["phone", "desktop"])
def visit(
    browser: Browser,
    stocked: None,
    stack: Stack,
    scheme: ColorScheme,
    request: pytest.FixtureRequest,
) -> Iterator[Visit]:
    visit = Visit.begin(browser, stack.api_url, scheme, request.param)
    yield visit
    visit.end()


def test_no_page_has_violations(visit: Visit, shop: Shop) -> None:
    waiting = shop.order(shop.customer("pm_card_chargeDeclined"), shop.product())
    shop.await_payment(waiting, "awaiting_card")
    paid = shop.order(shop.customer("pm_card_visa"), shop.product())
    shop.await_order(paid, "fulfilled")
    seen = {
        "/": "Place the order",
        f"/orders/{waiting}": "The payment waits for another card.",
        f"/orders/{paid}": "Paid, fetched and shipped.",
        "/operations": "Operations",
        "/side-by-side": "Policy",
        "/troubles": "Put everything right",
    }
    violations: list[str] = []
    page = visit.context.new_page()
    page.goto("/")
    for path, text in seen.items():
        page.goto(f"/#{path}")
        expect(page.get_by_role("main").get_by_text(text).first).to_be_visible()
        found = Axe().run(page)
        if found.violations_count:
            violations.append(f"{path}: {found.generate_report()}")
        wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        if wide > 0:
            violations.append(f"{path}: is {wide} pixels wider than the window")
    assert not violations, "\n".join(violations)
