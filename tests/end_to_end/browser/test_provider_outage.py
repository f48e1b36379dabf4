"""A page outlives what happens to it, and to those behind it."""

import pytest
from playwright.sync_api import Page, expect

from dev.stack.stack import Stack
from tests.support.browser import Visit
from tests.support.processes import eventually
from tests.support.shop import TIMEOUT_SECONDS, Shop
from tests.support.web_shopper import OrderPage

pytestmark = pytest.mark.proof


def test_a_lost_connection_is_said_and_caught_up_with(
    page: Page, visit: Visit, shop: Shop, stack: Stack
) -> None:
    visit.expected += ["ERR_CONNECTION_", "ERR_EMPTY_RESPONSE", "ERR_INCOMPLETE_CHUNKED_ENCODING"]
    customer = shop.customer("pm_card_visa")
    shop.cards.fault("down")
    order = OrderPage.of_new_order(page, shop, customer)
    order.tells("order", "Order placed")
    order.tells("payment", "Payment requested")

    stack.stop("api")
    expect(page.get_by_text("Not connected").first).to_be_visible()
    shop.cards.clear_faults()
    eventually(lambda: bool(shop.shipments(order.id)), "a shipment", TIMEOUT_SECONDS)
    stack.start("api")

    order.shows("fulfilled")
    order.tells("payment", "Payment requested", "Credit card charged", "Payment received")
    order.tells(
        *("order", "Order placed", "Payment received"),
        *("Goods fetched", "Goods shipped", "Order fulfilled"),
    )
    expect(page.get_by_text("Not connected")).to_have_count(0)


def test_two_tabs_tell_the_same(page: Page, visit: Visit, shop: Shop) -> None:
    order = OrderPage.of_new_order(page, shop, shop.customer("pm_card_chargeDeclined"))
    second = visit.context.new_page()
    second.goto(page.url)
    same = OrderPage(second, order.id)
    same.is_at("Payment", "wait_for_card")

    same.update_card("Succeeds (Mastercard)")

    for tab in (order, same):
        tab.shows("fulfilled")
        tab.passed("Payment", "CreditCardDetailsUpdated")


def test_an_order_waits_while_the_provider_is_down(page: Page, shop: Shop) -> None:
    customer = shop.customer("pm_card_visa")
    shop.cards.fault("down")
    order = OrderPage.of_new_order(page, shop, customer)
    order.is_tried("Payment", "charge_credit_card")
    said = page.get_by_text("The card provider is unavailable. The payment charges the card again")
    expect(said).to_be_visible()
    expect(page.get_by_text("The order only knows: waiting for payment.")).to_be_visible()
    attempts = page.get_by_role("region", name="What happened").locator('[data-of="attempt"]')
    expect(attempts).to_contain_text("charge credit card attempt")

    shop.cards.clear_faults()

    order.shows("fulfilled")
    expect(said).to_have_count(0)
    expect(attempts).to_have_count(0)
    expect(page.get_by_text("The order only knows: payment received.")).to_be_visible()
