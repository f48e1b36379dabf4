"""A person injects faults and resets them, and the audit finds that nothing was lost."""

import pytest
from playwright.sync_api import Locator, Page, expect

from api.dev.audit import LIMIT_SECONDS
from tests.support.browser import Visit
from tests.support.shop import Shop

pytestmark = pytest.mark.proof


def opened(visit: Visit) -> Page:
    """The fault injection page, in a tab."""
    page = visit.context.new_page()
    page.goto("/#/fault-injection")
    return page


def switch(page: Page, name: str) -> Locator:
    """The switch of a fault."""
    return page.get_by_role("switch", name=name)


def test_an_order_survives_faults_and_two_tabs_agree(visit: Visit, shop: Shop) -> None:
    customer, product = shop.customer("pm_card_visa"), shop.product()
    page, other = opened(visit), opened(visit)

    switch(page, "The card provider is down").press("Space")
    expect(switch(page, "The card provider is down")).to_be_checked()
    expect(switch(page, "The card provider is down")).to_be_focused()
    expect(switch(other, "The card provider is down")).to_be_checked()
    charging = shop.order(customer, product)
    shop.await_payment(charging, "charging")
    switch(other, "The worker is stopped").click()
    expect(switch(page, "The worker is stopped")).to_be_checked()
    accepted = shop.order(customer, product)
    page.get_by_role("button", name="Reset all").click()
    expect(page.get_by_text("No faults are injected.")).to_be_visible()

    expect(switch(other, "The worker is stopped")).not_to_be_checked()
    for order in (charging, accepted):
        shop.await_order(order, "fulfilled")
    page.get_by_role("button", name="Run the audit").click()
    # It may wait for what settles, and then looks at the orders of all tests before.
    found = page.get_by_text("No violations: all orders and payments")
    expect(found).to_be_visible(timeout=1000 * LIMIT_SECONDS)


def test_a_lost_response_charges_once(visit: Visit, shop: Shop) -> None:
    customer, product = shop.customer("pm_card_visa"), shop.product()
    page = opened(visit)
    fault = switch(page, "The card provider loses its responses")

    fault.click()
    expect(fault).to_be_checked()
    order = shop.order(customer, product)
    shop.await_payment(order, "charging")
    fault.click()
    expect(fault).not_to_be_checked()

    shop.await_order(order, "fulfilled")
    assert shop.captured(order) == [2500]
