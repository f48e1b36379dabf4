"""One basket under the three policies: what is waited for with what already done."""

from typing import NamedTuple
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from dev.stack.stack import Stack
from tests.support.browser import PHONE, ColorScheme, Visit
from tests.support.processes import eventually
from tests.support.shop import Shop
from tests.support.web_shopper import choose_customer

pytestmark = pytest.mark.proof

ORDERS = ".orders-beside section.card"
WIDE = 1400
"""As in side-by-side.css."""


def test_who_pays_late_has_goods_already_where_the_policy_says_so(visit: Visit, shop: Shop) -> None:
    page = visit.context.new_page()
    order_three_times(page, shop)

    orders = page.locator(ORDERS)
    expect(orders.get_by_role("heading")).to_have_text(
        [f"{name} awaiting payment" for name in NAMES]
    )
    for name, events in zip(NAMES, DONE, strict=True):
        order = page.get_by_role("region", name=name, exact=True)
        expect(order.locator("ol li")).to_have_text(["Order placed", *events])
        expect(order.get_by_role("img", name=f"{name}: its events")).to_be_visible()

    page.get_by_label("Update your card").select_option("pm_card_visa")
    page.get_by_role("button", name="Update").click()
    expect(orders.get_by_role("heading")).to_have_text([f"{name} fulfilled" for name in NAMES])


def test_orders_at_a_price_that_has_risen_since_are_not_placed(visit: Visit, shop: Shop) -> None:
    visit.expected += ["409"]
    page = visit.context.new_page()
    lily = fill_basket(page, shop, shop.customer("pm_card_visa"))
    order = page.get_by_role("button", name="Order three times")
    expect(order).to_contain_text("50.00")
    put_lily(shop, lily, price=3000)
    order.click()
    expect(page.get_by_role("alert")).to_contain_text("60.00")
    expect(order).to_contain_text("60.00")
    expect(page.locator(ORDERS)).to_have_count(0)

    order.click()
    # No payment is left waiting: other tests look at those.
    expect(page.locator(ORDERS).get_by_role("heading")).to_have_text(
        [f"{name} fulfilled" for name in NAMES]
    )


class Window(NamedTuple):
    """Its width, how many diagrams stand beside each other in it, and the least size of these:
    1 is as they are drawn.
    """

    width: int
    columns: int
    scale: float


@pytest.mark.usefixtures("built")
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    "window",
    [Window(WIDE, 3, 0.85), Window(WIDE - 1, 1, 0.85), Window(PHONE[0], 1, 0.85)],
    ids=["wide", "less", "phone"],
)
def test_three_diagrams_stand_beside_each_other_where_they_can_be_read(
    browser: Browser, stack: Stack, shop: Shop, scheme: ColorScheme, window: Window
) -> None:
    visit = Visit.begin(browser, stack.api_url, scheme, (window.width, 900))
    page = visit.context.new_page()
    order_three_times(page, shop)
    drawn = page.locator(f"{ORDERS} .viewport .djs-element[data-element-id=OrderPlaced]")
    expect(drawn).to_have_count(3)

    def columns() -> int:
        places = [one.bounding_box() for one in page.locator(ORDERS).all()]
        return len({place["x"] for place in places if place})

    def scale() -> float:
        diagrams = page.locator(f"{ORDERS} .viewport")
        return min(diagrams.evaluate_all("all => all.map(e => e.getCTM().a)"))

    eventually(lambda: columns() == window.columns, f"{window.columns} columns")
    eventually(lambda: scale() > window.scale, f"diagrams larger than {window.scale}")
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    visit.end()


def test_two_weeks_pass_for_all_three_whose_diagrams_are_above_the_fold(
    browser: Browser, built: None, stack: Stack, shop: Shop
) -> None:
    visit = Visit.begin(browser, stack.api_url, size=(1440, 900))
    page = visit.context.new_page()
    order_three_times(page, shop)
    orders = page.locator(ORDERS)
    expect(orders.get_by_role("heading")).to_have_text(
        [f"{name} awaiting payment" for name in NAMES]
    )
    expect(orders.locator(".diagram .now")).to_have_count(3)

    def lowest() -> float:
        drawn = page.locator(f"{ORDERS} .diagram")
        return max(drawn.evaluate_all("all => all.map(e => e.getBoundingClientRect().bottom)"))

    eventually(lambda: lowest() <= 900, "all three diagrams are on the first screen")
    clock = page.get_by_role("region", name="Time machine")
    expect(clock).to_be_in_viewport()

    clock.get_by_role("button", name="Past the deadline").click()

    expect(orders.get_by_role("heading")).to_have_text([f"{name} not fulfilled" for name in NAMES])
    expect(clock).to_have_count(0)
    visit.end()


def test_only_a_customer_who_exists_is_chosen_beforehand(page: Page, shop: Shop) -> None:
    customer = shop.customer("pm_card_visa")
    shop.await_order(shop.order(customer, shop.product()))
    requested: list[str] = []
    page.on("request", lambda request: requested.append(urlsplit(request.url).path))

    page.goto("/#/side-by-side")

    chosen = page.get_by_role("heading", name="Customer: ")
    expect(chosen).to_be_visible()
    found = {order["customer_id"] for order in shop.get("/orders?limit=20")["orders"]}
    assert chosen.inner_text().removeprefix("Customer: ") in found
    assert [path for path in requested if path.startswith("/customers")] == []


@pytest.mark.usefixtures("shop")
def test_nobody_is_chosen_where_nobody_has_ordered(page: Page) -> None:
    page.route("**/orders?*", lambda route: route.fulfill(json={"orders": [], "next_cursor": None}))

    page.goto("/#/side-by-side")

    expect(page.get_by_role("button", name="Order three times")).to_be_disabled()
    expect(page.get_by_role("heading", name="Customer: ")).to_have_count(0)


def order_three_times(page: Page, shop: Shop) -> None:
    fill_basket(page, shop, shop.customer())
    page.get_by_role("button", name="Order three times").click()


def fill_basket(page: Page, shop: Shop, customer: str) -> str:
    """With two lilies of 25.00, for the customer; returns their name."""
    lily = f"Lily {uuid4().hex[:8]}"
    put_lily(shop, lily, price=2500)
    page.goto("/#/side-by-side")
    choose_customer(page, customer)
    page.get_by_label(f"Quantity of {lily}").fill("2")
    return lily


def put_lily(shop: Shop, name: str, price: int) -> None:
    shop.put(f"/products/{name.lower().replace(' ', '-')}", name=name, price=price, stock=10)


NAMES = ["Charge first", "Charge before shipping", "Charge later"]
DONE = [[], ["Goods fetched"], ["Goods fetched", "Goods shipped"]]
"""Before the payment."""
