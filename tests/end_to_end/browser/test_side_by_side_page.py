"""One basket under the three policies: what is waited for with what already done."""

from playwright.sync_api import expect

from tests.support.browsing import Visit
from tests.support.shop import Shop
from tests.support.shopping import choose_customer


def test_who_pays_late_has_goods_already_where_the_policy_says_so(visit: Visit, shop: Shop) -> None:
    customer, product = shop.customer(), shop.product()
    page = visit.context.new_page()
    page.goto("/#/side-by-side")
    choose_customer(page, customer)
    page.get_by_label(f"Quantity of {shop.get(f'/products/{product}')['name']}").last.fill("2")

    page.get_by_role("button", name="Order three times").click()

    orders = page.locator(".orders-beside section.card")
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


NAMES = ["Charge first", "Charge before shipping", "Charge later"]
DONE = [[], ["Goods fetched"], ["Goods fetched", "Goods shipped"]]
"""Before the payment."""
