"""A customer's second and tenth order with the card that the first one saved, or that is lost."""

from collections.abc import Callable

import pytest
import stripe

from tests.support.shop import Shop
from tests.support.stripe_account import Account

ORDERS = 10


def test_ten_orders_one_after_the_other_with_one_card(shop: Shop) -> None:
    customer, sku = shop.customer("pm_card_visa"), shop.product(stock=ORDERS)
    orders = list[str]()

    for _ in range(ORDERS):
        orders.append(shop.order(customer, sku))
        shop.await_order(orders[-1], "fulfilled")

    [charges] = zip(*(shop.charges(order) for order in orders), strict=True)
    assert len({one["payment_method"] for one in charges}) == 1
    assert len({one["customer"] for one in charges}) == 1


def test_ten_orders_at_once_with_one_card(shop: Shop) -> None:
    customer, sku = shop.customer("pm_card_visa"), shop.product(stock=ORDERS)

    orders = [shop.order(customer, sku) for _ in range(ORDERS)]

    for order in orders:
        shop.await_order(order, "fulfilled")
    assert [shop.captured(order) for order in orders] == [[2500]] * ORDERS


def test_one_card_given_while_two_payments_wait_pays_both(shop: Shop) -> None:
    customer = shop.customer("pm_card_chargeDeclined")
    waiting = [shop.payment(customer) for _ in range(2)]
    for payment in waiting:
        shop.await_payment(payment, "awaiting_card")

    shop.update_customers_card(customer, "pm_card_visa")

    for payment in waiting:
        shop.await_payment(payment, "received")


def detach(account: Account, charge: stripe.PaymentIntent) -> None:
    """The customer removes the card at the provider."""
    account.api.payment_methods.detach(str(charge.payment_method))


def delete_customer(account: Account, charge: stripe.PaymentIntent) -> None:
    """Somebody deletes the customer in the provider's dashboard."""
    account.api.customers.delete(str(charge.customer))


@pytest.mark.parametrize("lose", [detach, delete_customer])
def test_a_saved_card_that_is_lost_at_the_provider_has_failed(
    shop: Shop, lose: Callable[[Account, stripe.PaymentIntent], None]
) -> None:
    """The payment waits for another card, which pays this order and is saved for the next one."""
    customer, sku = shop.customer("pm_card_visa"), shop.product()
    account = Account(shop.stack.cards_url)
    first = shop.order(customer, sku)
    shop.await_order(first, "fulfilled")
    lose(account, account.intent(shop.charges(first)[0]["id"]))

    order = shop.order(customer, sku)
    failed = shop.await_payment(order, "awaiting_card")["failure"]
    assert failed["code"] == "payment_method_unusable"
    # Before the card is updated: a mail that is not true any more is not sent.
    paid = ["We received your payment", "Your order is on its way"]
    shop.await_mails(customer, *paid, "Your card did not pay: please update it")
    assert shop.charges(order) == []
    shop.update_customers_card(customer, "pm_card_mastercard")
    shop.await_order(order, "fulfilled")
    assert shop.payment_events(order) == [
        "PaymentRequested",
        "CreditCardFailed",
        "CreditCardDetailsUpdated",
        "CreditCardCharged",
        "PaymentReceived",
    ]
    assert "CreditCardFailed" not in shop.order_events(order)

    shop.await_order(shop.order(customer, sku), "fulfilled")
