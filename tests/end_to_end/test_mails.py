"""Customers are notified by real mail over SMTP, once."""

from tests.support.shop import Shop


def test_received_and_shipped(shop: Shop) -> None:
    customer = shop.customer("pm_card_visa")

    order = shop.order(customer, shop.product())

    shop.await_order(order, "fulfilled")
    shop.await_mails(customer, "We received your payment", "Your order is on its way")
    texts = " ".join(mail["text"] for mail in shop.mails(customer))
    assert shop.see_order(order)["shipment"]["tracking_number"] in texts
    assert "EUR 25.00" in texts
    assert "4242" not in texts


def test_reminded_once_for_each_reminder(shop: Shop) -> None:
    customer = shop.customer("pm_card_chargeDeclined")
    payment = shop.payment(customer)
    shop.await_payment(payment, "awaiting_card")
    first = "Your card did not pay: please update it"
    shop.await_mails(customer, first)

    shop.fast_forward(payment, days=4)

    reminders = [f"Reminder {number}: please update your card" for number in (1, 2)]
    shop.await_mails(customer, first, *reminders)
    assert [mail["deliveries"] for mail in shop.mails(customer)] == [1, 1, 1]
