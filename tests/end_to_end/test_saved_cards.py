"""A customer's second and tenth payment with the card that the first one saved."""

from tests.support.shop import Shop

PAYMENTS = 10


def test_ten_payments_one_after_the_other_with_one_card(shop: Shop) -> None:
    customer = shop.customer("pm_card_visa")

    for _ in range(PAYMENTS):
        shop.await_payment(shop.payment(customer), "received")


def test_ten_payments_at_once_with_one_card(shop: Shop) -> None:
    customer = shop.customer("pm_card_visa")

    for payment in [shop.payment(customer) for _ in range(PAYMENTS)]:
        shop.await_payment(payment, "received")


def test_one_card_given_while_two_payments_wait_pays_both(shop: Shop) -> None:
    customer = shop.customer("pm_card_chargeDeclined")
    waiting = [shop.payment(customer) for _ in range(2)]
    for payment in waiting:
        shop.await_payment(payment, "awaiting_card")

    shop.update_customers_card(customer, "pm_card_visa")

    for payment in waiting:
        shop.await_payment(payment, "received")
