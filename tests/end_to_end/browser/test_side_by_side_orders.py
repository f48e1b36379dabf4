"""One basket, ordered under each policy: three orders, neither lost nor placed twice."""

import pytest
from playwright.sync_api import Page, Route, expect

from tests.support.browser import Visit
from tests.support.shop import Shop
from tests.support.web_shopper import choose_customer

pytestmark = pytest.mark.proof


def test_an_order_whose_answer_is_lost_is_placed_once_and_all_stay(
    page: Page, visit: Visit, shop: Shop
) -> None:
    visit.expected += ["ERR_FAILED"]
    customer, product = shop.customer("pm_card_visa"), shop.product(price=1700)
    lost: list[str] = []

    def lose_an_answer(route: Route) -> None:
        if not lost and "charge_later" in (route.request.post_data or ""):
            lost.append(route.fetch().json()["id"])
            route.abort()
        else:
            route.continue_()

    page.route("**/orders", lose_an_answer)
    page.goto("/#/side-by-side")
    choose_customer(page, customer)
    row = page.get_by_role("row").filter(has_text="17.00").first
    row.get_by_role("spinbutton").fill("1")
    order_all = page.get_by_role("button", name="Order three times")
    order_all.click()
    orders = page.locator(".orders-beside section.card")
    expect(page.get_by_text("The API does not answer.")).to_be_visible()
    expect(orders).to_have_count(2)

    page.get_by_role("button", name="Try again").click()

    expect(orders.get_by_role("heading")).to_have_text(
        ["Charge first fulfilled", "Charge before shipping fulfilled", "Charge later fulfilled"]
    )
    placed = shop.get(f"/orders?customer_id={customer}")["orders"]
    assert len(placed) == 3
    assert lost[0] in {order["id"] for order in placed}
    assert {line["sku"] for order in placed for line in order["lines"]} == {product}
    page.reload()
    expect(orders).to_have_count(3)
    page.get_by_role("link", name="Charge later: the order and its payment").click()
    page.wait_for_url(f"**/#/orders/{lost[0]}")
    page.go_back()
    expect(orders).to_have_count(3)
    expect(page.get_by_role("heading", name=f"Customer: {customer}")).to_be_visible()
