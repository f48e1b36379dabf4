"""Temporal's Web UI says what the order's page says, and links to it."""

import pytest
from playwright.sync_api import Browser, expect

from dev.stack.stack import Stack
from tests.support.browser import Visit
from tests.support.shop import Shop

pytestmark = pytest.mark.proof


def test_a_waiting_payment_tells_its_state_and_links_to_the_orders_page(
    browser: Browser, shop: Shop, stack: Stack
) -> None:
    order = shop.order(shop.customer("pm_card_chargeDeclined"), shop.product())
    waiting = shop.await_payment(order, "awaiting_card")
    visit = Visit.begin(browser, stack.ui_url)
    page = visit.context.new_page()

    page.goto(f"/namespaces/default/workflows/payment%2F{order}")
    page.get_by_role("tab", name="User Metadata").click()

    now = page.frame_locator("#user-metadata-current-details")
    expect(now.get_by_text("Waiting for another credit card")).to_be_visible()
    expect(now.get_by_text("Your card was declined.")).to_be_visible()
    expect(now.get_by_role("listitem").nth(1)).to_contain_text(waiting["deadline"][:10])
    expect(now.get_by_role("listitem").last).to_have_text("amount due: EUR 25.00")
    link = page.frame_locator("#user-metadata-details").get_by_role("link")
    expect(link).to_have_attribute("href", f"{stack.api_url}/#/orders/{order}")


def test_an_order_tells_how_far_it_is(browser: Browser, shop: Shop, stack: Stack) -> None:
    customer = shop.customer("pm_card_chargeDeclined")
    order = shop.order(customer, shop.product(), policy="charge_before_shipping")
    shop.await_payment(order, "awaiting_card")
    visit = Visit.begin(browser, stack.ui_url)
    page = visit.context.new_page()

    page.goto(f"/namespaces/default/workflows/order%2F{order}")
    page.get_by_role("tab", name="User Metadata").click()

    now = page.frame_locator("#user-metadata-current-details")
    steps = now.get_by_role("listitem")
    expect(steps).to_have_text(["✓ Goods fetched", "► Request payment", "Ship goods"])
