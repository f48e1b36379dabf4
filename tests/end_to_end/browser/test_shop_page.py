"""The shop, as a customer sees it."""

import pytest
from playwright.sync_api import Page, expect

from dev.story.samples import CUSTOMERS
from tests.support.browser import PHONE, Visit
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


def test_what_cannot_be_ordered_is_said_before_the_button(page: Page, shop: Shop) -> None:
    customer, product = shop.customer("pm_card_visa"), shop.product()
    name = shop.get(f"/products/{product}")["name"]
    page.goto("/")
    choose_customer(page, customer)
    quantity = page.get_by_label(f"Quantity of {name}").last
    button = page.get_by_role("button", name="Place the order")

    for typed in ("1.5", "-1"):
        quantity.fill(typed)
        wrong = f"{name}: the quantity must be a whole number, 0 or more."
        expect(page.get_by_text(wrong)).to_be_visible()
        expect(button).to_be_disabled()
    quantity.fill("2")

    expect(page.get_by_text("must be a whole number")).to_have_count(0)
    expect(page.get_by_text("Total €50.00")).to_be_visible()
    expect(button).to_be_enabled()


def test_everything_is_seen_on_a_phone_and_amounts_are_aligned(page: Page, shop: Shop) -> None:
    customer, product = shop.customer("pm_card_visa"), shop.product(stock=20)
    for quantity in (11, 1):
        shop.await_order(shop.order(customer, product, quantity=quantity), "fulfilled")
    page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    page.goto("/")
    choose_customer(page, customer)

    orders = page.get_by_role("region", name="Customer").locator(".last-orders > li")
    expect(orders).to_have_count(2)
    ends = orders.locator(".number").evaluate_all(
        "amounts => amounts.map(one => one.getBoundingClientRect().right)"
    )
    assert len(set(ends)) == 1
    for box in page.locator("input.quantity").all():
        place = box.bounding_box()
        assert place
        assert place["x"] + place["width"] <= PHONE[0]
    table = page.locator(".products").bounding_box()
    assert table
    assert table["x"] + table["width"] <= PHONE[0]


def test_the_samples_are_offered(page: Page, visit: Visit, shop: Shop) -> None:
    del visit, shop
    page.goto("/")
    for sample in CUSTOMERS.values():
        button = page.get_by_role("button", name=sample.name, exact=True)
        expect(button).to_have_count(1)
