"""What can be done on an order's page, and what one sees there of no order."""

import pytest
from playwright.sync_api import Page, expect

from tests.support.browser import Visit
from tests.support.shop import Shop
from tests.support.web_shopper import OrderPage

pytestmark = pytest.mark.proof


def test_an_order_is_canceled(page: Page, shop: Shop) -> None:
    order = OrderPage.of_new_order(page, shop, shop.customer("pm_card_chargeDeclined"))
    order.is_at("Payment", "wait_for_card")
    cancel = page.get_by_role("button", name="Cancel the order")

    cancel.press("Enter")

    order.shows("not fulfilled")
    expect(page.get_by_text("It was not fulfilled: the customer canceled it.")).to_be_visible()
    expect(cancel).to_have_count(0)
    order.tells("order", "Order placed", "Payment canceled", "Order not fulfilled")


def test_what_is_no_order_is_said_and_asked_for_once(page: Page, visit: Visit, shop: Shop) -> None:
    del shop
    visit.expected += ["404"]
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))

    page.goto("/#/orders/unknown")
    expect(page.get_by_role("alert")).to_contain_text("unknown")
    page.goto("/#/orders/%")
    expect(page.get_by_role("heading", name="No such page")).to_be_visible()

    assert [url for url in asked if url.endswith("/events")] == []
