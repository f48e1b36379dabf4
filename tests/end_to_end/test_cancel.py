"""A customer may cancel until the goods are shipped, and what was done is undone."""

from typing import Any

import pytest

from tests.support.shop import Shop


def cancel(shop: Shop, order: str) -> dict[str, Any]:
    answer = shop.respond("POST", f"/orders/{order}/cancel")
    assert answer.status_code == 202, answer.text
    return dict(answer.json())


def test_while_the_payment_waits_for_a_card(shop: Shop) -> None:
    customer, sku = shop.customer("pm_card_chargeDeclined", balance=300), shop.product(stock=5)
    order = shop.order(customer, sku)
    shop.await_payment(order, "awaiting_card")

    assert cancel(shop, order)["status"] in {"canceling", "not_fulfilled"}

    seen = shop.await_order(order, "not_fulfilled")
    assert seen["reason"] == "canceled_by_customer"
    assert seen["payment"]["status"] == "canceled"
    assert shop.order_events(order) == ["OrderPlaced", "PaymentCanceled", "OrderNotFulfilled"]
    assert shop.balance(customer) == 300
    assert shop.stock(sku) == 5


def test_while_the_card_is_charged_the_charge_is_settled_first(shop: Shop) -> None:
    customer = shop.customer("pm_card_visa")
    shop.cards.fault("hold", only="/v1/payment_intents")
    order = shop.order(customer, shop.product())
    shop.cards.await_held()

    assert cancel(shop, order)["status"] == "canceling"
    shop.cards.clear_faults()

    seen = shop.await_order(order, "not_fulfilled")
    assert seen["reason"] == "canceled_by_customer"
    assert shop.order_events(order) == ["OrderPlaced", "PaymentReceived", "OrderNotFulfilled"]
    assert (shop.captured(order), shop.refunded(order)) == ([2500], [2500])
    assert seen["payment"]["status"] == "refunded"


@pytest.mark.parametrize("policy", ["charge_first", "charge_before_shipping"])
def test_after_it_is_paid_and_while_it_is_shipped(shop: Shop, policy: str) -> None:
    customer, sku = shop.customer("pm_card_visa", balance=500), shop.product(stock=5)
    shop.carrier.fault("hold", only="/shipments")
    order = shop.order(customer, sku, policy=policy)
    shop.carrier.await_held()

    assert cancel(shop, order)["status"] == "canceling"
    assert cancel(shop, order)["status"] == "canceling"
    shop.carrier.clear_faults()

    seen = shop.await_order(order, "not_fulfilled")
    assert seen["reason"] == "canceled_by_customer"
    events = shop.order_events(order)
    assert events[-4:] == ["GoodsShipped", "ShipmentRecalled", "GoodsReturned", "OrderNotFulfilled"]
    assert [one["status"] for one in shop.shipments(order)] == ["recalled"]
    assert shop.refunded(order) == [2000]
    assert shop.balance(customer) == 500
    assert shop.stock(sku) == 5


def test_not_after_it_is_shipped(shop: Shop) -> None:
    order = shop.order(shop.customer("pm_card_visa"), shop.product())
    shop.await_order(order, "fulfilled")

    answer = shop.respond("POST", f"/orders/{order}/cancel")

    assert answer.status_code == 409
    assert shop.see_order(order)["status"] == "fulfilled"


def test_not_after_it_is_shipped_and_still_to_be_paid(shop: Shop) -> None:
    order = shop.order(
        shop.customer("pm_card_chargeDeclined"), shop.product(), policy="charge_later"
    )
    shop.await_payment(order, "awaiting_card")

    assert shop.respond("POST", f"/orders/{order}/cancel").status_code == 409

    shop.put(f"/payments/{order}/card", payment_method="pm_card_visa")
    shop.await_order(order, "fulfilled")


def test_not_twice_after_its_end(shop: Shop) -> None:
    order = shop.order(shop.customer(), shop.product())
    shop.await_payment(order, "awaiting_card")
    cancel(shop, order)
    shop.await_order(order, "not_fulfilled")

    assert shop.respond("POST", f"/orders/{order}/cancel").status_code == 409


def test_at_once_after_placing_it(shop: Shop) -> None:
    sku = shop.product(stock=5)
    order = shop.order(shop.customer(), sku, policy="charge_before_shipping")

    cancel(shop, order)

    assert shop.await_order(order)["reason"] == "canceled_by_customer"
    assert shop.stock(sku) == 5
