"""The scenarios of the story, clicked through."""

import pytest
from playwright.sync_api import Page, expect

from tests.support.shop import Shop
from tests.support.web_shopper import OrderPage

pytestmark = pytest.mark.proof


def test_a_good_card_pays(page: Page, shop: Shop) -> None:
    order = OrderPage.of_new_order(page, shop, shop.customer("pm_card_visa"))

    order.shows("fulfilled")

    order.passed("Order", "PaymentReceived", "GoodsFetched", "GoodsShipped", "OrderFulfilled")
    order.passed("Payment", "CreditCardCharged", "PaymentReceived")
    order.got_mail("Your order is on its way")


def test_an_account_pays(page: Page, shop: Shop) -> None:
    customer = shop.customer(balance=3000)
    order = OrderPage.of_new_order(page, shop, customer)

    order.shows("fulfilled")

    order.passed("Payment", "AmountWithdrawn", "PaymentReceived")
    order.passed("Order", "OrderFulfilled")
    assert shop.balance(customer) == 500


def test_goods_are_gone_when_they_were_paid(page: Page, shop: Shop) -> None:
    customer = shop.customer("pm_card_visa", balance=500)
    order = OrderPage.of_new_order(page, shop, customer, stock=0)

    order.tells(
        *("payment", "Payment requested", "Amount withdrawn", "Payment partly covered"),
        *("Credit card charged", "Payment received", "Credit card refunded", "Amount credited"),
    )
    order.shows("not fulfilled")
    order.tells(
        *("order", "Order placed", "Payment received", "Goods unavailable", "Order not fulfilled")
    )
    order.passed("Refund", "refund_card", "CreditCardRefunded", "AmountCredited")
    order.passed("Order", "GoodsUnavailable", "OrderNotFulfilled")
    assert shop.balance(customer) == 500
    assert shop.refunded(order.id) == [2000]


def test_nobody_pays_for_two_weeks(page: Page, shop: Shop) -> None:
    customer = shop.customer("pm_card_chargeDeclined", balance=500)
    order = OrderPage.of_new_order(page, shop, customer)
    order.is_at("Payment", "wait_for_card")

    order.days_pass("Past the deadline")

    order.shows("not fulfilled")
    order.passed("Payment", "CustomerReminded", "PaymentCanceled", "AmountCredited")
    order.passed("Order", "OrderNotFulfilled")
    assert shop.balance(customer) == 500


def test_another_card_pays_after_two_reminders(page: Page, shop: Shop) -> None:
    customer = shop.customer("pm_card_chargeDeclinedExpiredCard", balance=500)
    order = OrderPage.of_new_order(page, shop, customer)
    expect(page.get_by_text("The payment waits for another card.")).to_be_visible()

    order.days_pass("Forward 2 days")
    expect(page.get_by_text("1 sent so far")).to_be_visible()
    order.days_pass("Forward 2 days")
    expect(page.get_by_text("2 sent so far")).to_be_visible()
    page.reload()
    order.got_mail("Reminder 2: please update your card")
    order.update_card("Succeeds (Visa)")

    order.shows("fulfilled")
    order.passed("Payment", "CreditCardDetailsUpdated", "CreditCardCharged")
    order.passed("Order", "OrderFulfilled")
    order.got_mail("Your order is on its way")
    assert shop.captured(order.id) == [2000]


def test_charged_later_and_never_paid_the_goods_are_recalled(page: Page, shop: Shop) -> None:
    customer = shop.customer("pm_card_chargeDeclined")
    order = OrderPage.of_new_order(page, shop, customer, policy="Charge later")
    order.is_at("Payment", "wait_for_card")
    order.passed("Order", "GoodsShipped")

    order.days_pass("Past the deadline")

    order.shows("not fulfilled")
    order.passed("Order", "ShipmentRecalled", "GoodsReturned", "OrderNotFulfilled")
