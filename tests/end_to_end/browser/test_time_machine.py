"""Two weeks of waiting for a card, moved through with the time machine's buttons."""

import pytest
from playwright.sync_api import Page, expect

from tests.support.shop import Shop
from tests.support.web_shopper import OrderPage

pytestmark = pytest.mark.proof


def test_reminders_come_until_the_day_before_the_deadline_and_then_the_end(
    page: Page, shop: Shop
) -> None:
    customer = shop.customer("pm_card_chargeDeclined", balance=500)
    order = OrderPage.of_new_order(page, shop, customer)
    order.is_at("Payment", "wait_for_card")
    clock = page.get_by_role("region", name="Time machine")
    reminder = page.get_by_role("listitem").filter(has_text="Next reminder in 1 d 23 h")
    deadline = page.get_by_role("listitem").filter(has_text="Canceled without a card in ")
    expect(clock).to_contain_text("Payment's current time:")
    expect(reminder).to_contain_text("0 sent so far")
    expect(deadline).to_contain_text("in 13 d 23 h")
    order.not_passed("Payment", "CustomerReminded")

    order.days_pass("Forward 2 days")
    expect(reminder).to_contain_text("1 sent so far")
    expect(deadline).to_contain_text("in 11 d 23 h")
    order.passed("Payment", "CustomerReminded")
    mail = order.got_mail("Reminder 1: please update your card")
    [sent_at] = [e["at"] for e in events(shop, order.id) if e["type"] == "CustomerReminded"]
    expect(mail.locator("time")).to_have_attribute("datetime", sent_at)
    order.is_at("Payment", "wait_for_card")

    order.days_pass("To the day before the deadline")
    expect(deadline).to_contain_text("in 23 h 5")
    expect(page.get_by_text("Next reminder")).to_have_count(0)
    expect(clock.get_by_role("button", name="To the day before")).to_be_disabled()
    order.got_mail("Reminder 6: please update your card")
    order.is_at("Payment", "wait_for_card")
    order.not_passed("Payment", "PaymentCanceled")

    order.days_pass("Past the deadline")
    order.shows("not fulfilled")
    order.passed("Payment", "PaymentCanceled", "AmountCredited")
    order.passed("Payment", "deadline", "deadline-off_while_waiting", "nothing_held")
    order.not_passed("Payment", "cancellation_requested")
    order.passed("Order", "PaymentCanceled", "OrderNotFulfilled")
    order.not_passed("Order", "OrderFulfilled")
    expect(clock).to_have_count(0)
    assert shop.payment_events(order.id).count("CustomerReminded") == 6


def test_a_canceled_order_is_not_at_its_deadline(page: Page, shop: Shop) -> None:
    order = OrderPage.of_new_order(page, shop, shop.customer("pm_card_chargeDeclined"))
    order.is_at("Payment", "wait_for_card")

    page.get_by_role("button", name="Cancel the order").click()

    order.shows("not fulfilled")
    order.passed("Payment", "cancellation_requested", "PaymentCanceled", "nothing_to_credit")
    order.not_passed("Payment", "deadline")


def events(shop: Shop, order: str) -> list[dict[str, str]]:
    """Of the order's payment."""
    return shop.get(f"/payments/{order}/events")["events"]
