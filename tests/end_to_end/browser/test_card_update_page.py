"""The page that a mail's link leads to, and what the order's page has of it."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.support.browser import Visit
from tests.support.links import link_token
from tests.support.shop import Shop

pytestmark = pytest.mark.proof


def test_another_card_pays_even_if_an_answer_was_lost(page: Page, visit: Visit, shop: Shop) -> None:
    visit.expected += ["ERR_FAILED"]
    customer = shop.customer("pm_card_chargeDeclinedExpiredCard")
    payment = shop.payment(customer)
    shop.await_payment(payment, "awaiting_card")
    shop.fast_forward(payment, days=2)
    first = "Your card did not pay: please update it"
    shop.await_mails(customer, first, "Reminder 1: please update your card")
    page.goto(f"/#/update-card/{link_token(shop, customer)}")
    said = page.get_by_text("Your payment of €25.00 waits for another card.")
    expect(said).to_be_visible()
    expect(page.get_by_text("Your card has expired.")).to_be_visible()
    assert Axe().run(page).violations_count == 0
    page.route("**/card-update", lambda route: route.abort())
    expect(page.get_by_text("The API does not answer.")).to_be_visible()
    page.unroute("**/card-update")

    page.get_by_label("Update your card").select_option("pm_card_visa")
    page.get_by_role("button", name="Update", exact=True).click()

    expect(page.get_by_text("Your payment was received. Thank you.")).to_be_visible()
    expect(page.get_by_role("alert")).to_have_count(0)


CONFIRM = "Please confirm your payment with your bank"


def test_the_mails_link_leads_to_the_bank(page: Page, visit: Visit, shop: Shop) -> None:
    """The bank refuses at first; the charge can be authenticated again."""
    del visit
    customer = shop.customer("pm_card_authenticationRequired")
    payment = shop.payment(customer)
    shop.await_payment(payment, "awaiting_card")
    shop.await_mails(customer, CONFIRM)
    page.goto(f"/#/update-card/{link_token(shop, customer, CONFIRM)}")
    wanted = "Your bank wants you to confirm this payment of €25.00."
    expect(page.get_by_text(wanted)).to_be_visible()
    assert Axe().run(page).violations_count == 0
    confirm = page.get_by_role("button", name="Confirm with your bank")

    confirm.click()
    page.get_by_role("button", name="Fail authentication").click()
    expect(page.get_by_role("alert")).to_contain_text("Your bank did not confirm it.")
    confirm.click()
    page.get_by_role("button", name="Complete authentication").click()

    expect(page.get_by_text("Your payment was received. Thank you.")).to_be_visible()
    shop.await_payment(payment, "received")
    shop.await_mails(customer, CONFIRM, "We received your payment")
    expect(page.get_by_role("alert")).to_have_count(0)


def test_an_order_is_confirmed_on_its_page(page: Page, visit: Visit, shop: Shop) -> None:
    del visit
    order = shop.order(shop.customer("pm_card_authenticationRequired"), shop.product())
    shop.await_payment(order, "awaiting_card")
    page.goto(f"/#/orders/{order}")
    expect(page.get_by_text("Your bank wants you to confirm this payment")).to_be_visible()

    page.get_by_role("button", name="Confirm with your bank").click()
    page.get_by_role("button", name="Complete authentication").click()

    expect(page.get_by_text("Paid, fetched and shipped.")).to_be_visible()


def test_the_page_is_the_customers_and_names_the_order(
    page: Page, visit: Visit, shop: Shop
) -> None:
    del visit
    customer, product = shop.customer("pm_card_chargeDeclined"), shop.product()
    order = shop.order(customer, product, quantity=2)
    shop.await_payment(order, "awaiting_card")
    declined = "Your card did not pay: please update it"
    shop.await_mails(customer, declined)
    page.goto(f"/#/update-card/{link_token(shop, customer, declined)}")

    expect(page.get_by_text(f"For your order {order[:8]}: 2 \u00d7 Pond lily.")).to_be_visible()
    expect(page.get_by_role("navigation")).to_have_count(0)
    expect(page.get_by_role("link")).to_have_count(0)
    assert Axe().run(page).violations_count == 0
    page.get_by_label("Update your card").select_option("pm_card_visa")
    page.get_by_role("button", name="Update", exact=True).click()
    expect(page.get_by_text("Your payment was received. Thank you.")).to_be_visible()
    shop.await_order(order, "fulfilled")


def test_a_bad_link_says_what_to_do(page: Page, visit: Visit, shop: Shop) -> None:
    del shop
    visit.expected += ["401"]
    page.goto("/#/update-card/none")
    said = page.get_by_role("alert")
    expect(said).to_contain_text("This link is incomplete or has expired.")
    expect(said).to_contain_text("Please open the link in our latest mail to you")
    expect(page.get_by_role("navigation")).to_have_count(0)
    expect(page.get_by_role("button", name="Try again")).to_have_count(0)
    assert Axe().run(page).violations_count == 0
