"""Each page, light and dark, on a phone and on a desk: axe finds nothing."""

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from clients import calls
from dev.stack.stack import Stack
from tests.support.browser import DESKTOP, PHONE, ColorScheme, Visit
from tests.support.card_events import CardHolders
from tests.support.shop import Shop
from tests.support.web_shopper import await_shown, choose_customer

pytestmark = pytest.mark.proof


@pytest.fixture(params=["light", "dark"])
def scheme(request: pytest.FixtureRequest) -> ColorScheme:
    return request.param


@pytest.fixture(params=[PHONE, DESKTOP], ids=["phone", "desktop"])
def visit(
    browser: Browser,
    built: None,
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
    customer = shop.customer("pm_card_visa")
    paid = shop.order(customer, shop.product())
    shop.await_order(paid, "fulfilled")
    shop.api.send(calls.refund_payment(paid, 500, "return-3"))
    [charge] = shop.charges(paid)
    people = CardHolders(shop.stack.cards_url)
    shop.await_dispute(paid, people.dispute(charge["id"], "needs_response"))
    seen = {
        "/": (f"{customer}@example.com", "Place the order"),
        f"/orders/{waiting}": ("The payment waits for another card.", "nothing to pay"),
        f"/orders/{paid}": (
            *("Paid, fetched and shipped.", "nothing to pay", "Disputed:", "In the dashboard?"),
            *("return-3", "Give back a part or all"),
        ),
        f"/operations?search={paid}": ("Due from", "Export CSV", "Act …"),
        "/operations": ("Due from", "Your card was declined.", "awaiting payment"),
        "/side-by-side": ("Pond lily",),
        "/fault-injection": ("The worker is stopped", "Kill the worker"),
        "/talk": ("Slide 1 of 24", "Place the order", "domain/events.py"),
        "/talk/7": ("The event chain", "Play the event chain"),
        f"/talk/16?order={waiting}": ("Request another card", "CreditCardFailed"),
    }
    violations: list[str] = []
    page = visit.context.new_page()
    page.goto("/")
    choose_customer(page, customer)
    for path, texts in seen.items():
        page.goto(f"/#{path}")
        await_shown(page, *texts)
        found = Axe().run(page)
        if found.violations_count:
            violations.append(f"{path}: {found.generate_report()}")
        wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        if wide > 0:
            violations.append(f"{path}: is {wide} pixels wider than the window")
    assert not violations, "\n".join(violations)
