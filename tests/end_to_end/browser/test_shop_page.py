"""The shop, as a customer sees it."""

import pytest
from playwright.sync_api import Page, expect

from tests.support.browser import Visit
from tests.support.processes import eventually
from tests.support.shop import Shop
from tests.support.web_shopper import choose_customer

pytestmark = pytest.mark.proof

LAST_ORDERS = 8


def test_a_customer_sees_what_changes_and_every_payment_that_waits(page: Page, shop: Shop) -> None:
    customer, product = shop.customer(), shop.product()
    page.goto("/")
    choose_customer(page, customer)
    view = page.get_by_role("region", name="Customer")
    expect(view.get_by_text("None yet.")).to_be_visible()

    waiting = shop.order(customer, product)
    shop.await_payment(waiting, "awaiting_card")
    expect(view.get_by_text("A payment waits for another card.")).to_be_visible()
    shop.credit(customer, LAST_ORDERS * 2500)
    for _ in range(LAST_ORDERS):
        shop.await_order(shop.order(customer, product), "fulfilled")

    expect(view.get_by_role("listitem").filter(has_text="fulfilled")).to_have_count(LAST_ORDERS)
    expect(view.get_by_role("link")).to_have_count(LAST_ORDERS)
    expect(view.get_by_text("A payment waits for another card.")).to_be_visible()
    shop.update_customers_card(customer, "pm_card_visa")
    expect(view.get_by_text("Visa ending in 4242")).to_be_visible()
    expect(view.get_by_text("A payment waits for another card.")).to_have_count(0)


def test_stocking_the_shop_leaves_the_cards_of_those_who_were_there(
    page: Page, visit: Visit, shop: Shop
) -> None:
    visit.expected += ["404"]
    shop.post("/customers", id="piggy", name="Miss Piggy", email="piggy@example.com")
    shop.update_customers_card("piggy", "pm_card_mastercard")
    page.goto("/")
    customer = page.get_by_role("region", name="Customer")
    stock = customer.get_by_role("button", name="Add sample data")
    choose_customer(page, "nobody-known")
    expect(page.get_by_text("There is no customer nobody-known.")).to_be_visible()
    expect(stock).to_have_count(0)

    page.get_by_role("button", name="Kermit").click()
    stock.click()

    expect(page.get_by_text("kermit@example.com")).to_be_visible()
    # The page may show him before the last sample, Gonzo's credit, is there.
    eventually(
        lambda: shop.http.get("/customers/gonzo").is_success and shop.balance("gonzo") == 3000,
        "all samples",
    )
    assert shop.get("/customers/kermit")["card"] is not None
    assert shop.get("/customers/piggy")["card"]["brand"] == "mastercard"
