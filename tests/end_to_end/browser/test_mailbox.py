"""The mailbox, as a person reads it: a mail's link leads to the page where its payment is made."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.support.browser import PHONE, Visit
from tests.support.shop import Shop

pytestmark = pytest.mark.proof

DECLINED = "Your card did not pay: please update it"


def test_a_mail_is_read_and_its_link_followed(page: Page, visit: Visit, shop: Shop) -> None:
    del visit
    customer = shop.customer("pm_card_chargeDeclined")
    order = shop.order(customer, shop.product())
    shop.await_payment(order, "awaiting_card")
    shop.await_mails(customer, DECLINED)
    page.goto(f"{shop.stack.mailbox_url}/")
    address = f"{customer}@example.com"
    page.get_by_role("link", name=address).first.click()

    expect(page.get_by_role("heading", name=f"Mails to {address}")).to_be_visible()
    mail = page.get_by_role("article")
    expect(mail).to_have_count(1)
    expect(mail.get_by_role("heading", name=DECLINED)).to_be_visible()
    assert Axe().run(page).violations_count == 0
    page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    mail.get_by_role("link", name="update-card").click()

    expect(page.get_by_text(f"For your order {order[:8]}: 1 \u00d7 Pond lily.")).to_be_visible()
    page.get_by_label("Update your card").select_option("pm_card_visa")
    page.get_by_role("button", name="Update", exact=True).click()
    expect(page.get_by_text("Your payment was received. Thank you.")).to_be_visible()
    shop.await_order(order, "fulfilled")
