"""What can be done on an order's page, and what one sees there of no order."""

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.support.browser import Visit
from tests.support.card_events import CardHolders
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


def test_an_operator_gives_back_a_part(page: Page, visit: Visit, shop: Shop) -> None:
    visit.expected += ["409"]
    customer = shop.customer("pm_card_visa", balance=500)
    order = OrderPage.of_new_order(page, shop, customer)
    order.shows("fulfilled")
    refunds = page.get_by_role("region", name="Refunds", exact=True)
    expect(refunds.locator("dl")).to_contain_text("Held of the card€20.00")
    expect(refunds.locator("dl")).to_contain_text("Held of the account€5.00")
    amount, reference = refunds.get_by_label("Amount in EUR"), refunds.get_by_label("Reference")

    amount.fill("five")
    reference.fill("return-3")
    reference.press("Enter")
    expect(refunds.get_by_role("status")).to_contain_text("is not an amount in EUR")
    amount.fill("20,50")
    refunds.get_by_role("button", name="Give back").click()

    expect(refunds.get_by_role("status")).to_contain_text("€20.50 requested.")
    refund = refunds.get_by_role("listitem")
    expect(refund).to_have_count(1)
    expect(refund).to_contain_text("return-3 succeeded")
    expect(refund).to_contain_text("€20.00 to the card, €0.50 to the account")
    order.passed("Refund", "refund_card", "CreditCardRefunded", "AmountCredited")
    expect(refunds.locator("dl")).to_contain_text("Held of the account€4.50")
    assert (shop.refunded(order.id), shop.balance(customer)) == ([2000], 50)

    amount.fill("1")
    reference.fill("return-3")
    reference.press("Enter")
    expect(refunds.get_by_role("alert")).to_contain_text("The reference was used")
    expect(refunds.get_by_role("listitem")).to_have_count(1)


def test_a_disputed_payment_says_so_and_its_refund_is_owed(page: Page, shop: Shop) -> None:
    people = CardHolders(shop.stack.cards_url)
    order = OrderPage.of_new_order(page, shop, shop.customer("pm_card_visa"))
    order.shows("fulfilled")
    [charge] = shop.charges(order.id)
    shop.await_dispute(order.id, people.dispute(charge["id"], "needs_response"))
    page.reload()

    disputes = page.get_by_role("region", name="Disputes")
    expect(disputes).to_contain_text("Disputed: €25.00, fraudulent, needs response")
    refunds = page.get_by_role("region", name="Refunds", exact=True)
    refunds.get_by_label("Amount in EUR").fill("5")
    refunds.get_by_label("Reference").fill("return-3")
    refunds.get_by_role("button", name="Give back").click()

    refund = refunds.get_by_role("listitem")
    expect(refund).to_contain_text("return-3 refused")
    expect(refund).to_contain_text("Reason: charge disputed. Owed to the customer")
    order.is_at("Refund", "settle")


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


def test_a_tab_is_titled_by_customer_and_amount(page: Page, shop: Shop) -> None:
    customer = shop.customer("pm_card_visa")
    order = OrderPage.of_new_order(page, shop, customer)
    order.shows("fulfilled")

    expect(page).to_have_title(f"{customer}, €25.00 · Orders and payments")
    page.goto("/#/operations")
    expect(page).to_have_title("Operations · Orders and payments")


def test_one_timeline_has_money_mails_and_attempts_with_ids_to_copy(
    page: Page, visit: Visit, shop: Shop
) -> None:
    visit.context.grant_permissions(["clipboard-read", "clipboard-write"])
    customer = shop.customer("pm_card_chargeDeclined", balance=500)
    order = OrderPage.of_new_order(page, shop, customer)
    order.is_at("Payment", "wait_for_card")
    order.update_card("Succeeds (Visa)")
    order.shows("fulfilled")
    timeline = page.get_by_role("region", name="What happened")

    expect(timeline.locator("li .event")).to_have_text(
        [
            *("Order placed", "Payment requested", "Amount withdrawn", "Payment partly covered"),
            *("Credit card failed", "Credit card details updated", "Credit card charged"),
            *("Payment received", "Payment received", "Goods fetched", "Goods shipped"),
            "Order fulfilled",
        ]
    )
    withdrawn = entry(timeline, "Amount withdrawn")
    expect(withdrawn).to_contain_text(f"€5.00 from customer:{customer} to receipts")
    expect(entry(timeline, "Credit card failed")).to_contain_text("attempt 1")
    expect(entry(timeline, "Credit card charged")).to_contain_text("attempt 2")
    expect(entry(timeline, "Goods shipped").locator("summary")).to_contain_text("on its way")
    withdrawn.get_by_role("button", name="Copy the transfer id").click()
    assert page.evaluate(CLIPBOARD) == f"payment:{order.id}:withdraw"
    page.get_by_role("button", name="Copy the order id").click()
    expect(page.get_by_role("button", name="Copy the order id")).to_have_text("Copied")
    assert page.evaluate(CLIPBOARD) == order.id


CLIPBOARD = "() => navigator.clipboard.readText()"


def entry(timeline: Locator, event: str) -> Locator:
    """The timeline's entry of that event."""
    return timeline.get_by_role("listitem").filter(has=timeline.page.get_by_text(event, exact=True))


def test_what_stays_in_the_payment_is_said_below_the_diagrams(page: Page, shop: Shop) -> None:
    order = OrderPage.of_new_order(page, shop, shop.customer("pm_card_chargeDeclined"))
    order.is_at("Payment", "wait_for_card")

    below = page.get_by_role("region", name="Order", exact=True)
    expect(below).to_contain_text("The order only knows: waiting for payment.")
    below = page.get_by_role("region", name="Payment", exact=True)
    expect(below).to_contain_text("Declines, reminders and the deadline stay in here.")
    order.update_card("Succeeds (Visa)")
    order.shows("fulfilled")
