"""Each policy is the same steps in another sequence, and is undone in reverse."""

import pytest

from tests.support.shop import Shop

PAID = "PaymentReceived"
FETCHED = "GoodsFetched"
SHIPPED = "GoodsShipped"

SEQUENCES = {
    "charge_first": [PAID, FETCHED, SHIPPED],
    "charge_before_shipping": [FETCHED, PAID, SHIPPED],
    "charge_later": [FETCHED, SHIPPED, PAID],
}
UNDONE = {
    "charge_first": ["PaymentCanceled"],
    "charge_before_shipping": [FETCHED, "PaymentCanceled", "GoodsReturned"],
    "charge_later": [FETCHED, SHIPPED, "PaymentCanceled", "ShipmentRecalled", "GoodsReturned"],
}


def test_charge_first_is_the_default(shop: Shop) -> None:
    order = shop.order(shop.customer("pm_card_visa"), shop.product())

    assert shop.see_order(order)["policy"] == "charge_first"
    shop.await_order(order, "fulfilled")


@pytest.mark.parametrize("policy", SEQUENCES)
def test_an_order_is_carried_out_in_its_policys_sequence(shop: Shop, policy: str) -> None:
    customer, sku = shop.customer("pm_card_visa"), shop.product(price=1250, stock=5)

    order = shop.order(customer, sku, quantity=2, policy=policy)

    seen = shop.await_order(order, "fulfilled")
    assert shop.order_events(order) == ["OrderPlaced", *SEQUENCES[policy], "OrderFulfilled"]
    assert shop.payment_events(order) == ["PaymentRequested", "CreditCardCharged", PAID]
    assert (seen["total"], seen["reason"]) == (2500, None)
    assert (seen["payment"]["status"], seen["payment"]["charged"]) == ("received", 2500)
    assert [one["tracking_number"] for one in shop.shipments(order)] == [
        seen["shipment"]["tracking_number"]
    ]
    assert shop.captured(order) == [2500]
    assert shop.stock(sku) == 3


@pytest.mark.parametrize("policy", UNDONE)
def test_an_order_that_is_not_paid_is_undone_newest_first(shop: Shop, policy: str) -> None:
    customer, sku = shop.customer("pm_card_chargeDeclined"), shop.product(stock=5)
    order = shop.order(customer, sku, policy=policy)
    shop.await_payment(order, "awaiting_card")

    shop.fast_forward(order, days=14)

    seen = shop.await_order(order, "not_fulfilled")
    assert seen["reason"] == "payment_canceled"
    assert shop.order_events(order) == ["OrderPlaced", *UNDONE[policy], "OrderNotFulfilled"]
    assert shop.stock(sku) == 5
    assert shop.captured(order) == []
    expected = ["recalled"] if policy == "charge_later" else []
    assert [one["status"] for one in shop.shipments(order)] == expected
    if policy == "charge_later":
        assert seen["shipment"]["status"] == "recalled"


def test_the_last_piece_has_one_winner(shop: Shop) -> None:
    sku = shop.product(stock=1)
    customers = [shop.customer("pm_card_visa") for _ in range(2)]

    orders = [shop.order(customer, sku) for customer in customers]

    ends = {order: shop.await_order(order) for order in orders}
    assert sorted(end["status"] for end in ends.values()) == ["fulfilled", "not_fulfilled"]
    loser = next(id for id, end in ends.items() if end["status"] == "not_fulfilled")
    assert ends[loser]["reason"] == "goods_unavailable"
    assert ends[loser]["payment"]["status"] == "refunded"
    assert ends[loser]["payment"]["refunded"] == 2500
    assert shop.refunded(loser) == [2500]
    assert shop.stock(sku) == 0


def test_goods_unavailable_before_payment_asks_for_no_money(shop: Shop) -> None:
    order = shop.order(
        shop.customer("pm_card_visa"), shop.product(stock=0), policy="charge_before_shipping"
    )

    seen = shop.await_order(order, "not_fulfilled")

    assert seen["reason"] == "goods_unavailable"
    assert seen["payment"] is None
    assert shop.order_events(order) == ["OrderPlaced", "GoodsUnavailable", "OrderNotFulfilled"]


def test_goods_unavailable_after_payment_gives_back_to_card_and_account(shop: Shop) -> None:
    customer = shop.customer("pm_card_visa", balance=500)

    order = shop.order(customer, shop.product(stock=0))

    seen = shop.await_order(order, "not_fulfilled")
    payment = seen["payment"]
    assert (payment["status"], payment["refunded"]) == ("refunded", 2500)
    assert (payment["withdrawn"], payment["charged"]) == (0, 0)
    assert shop.payment_events(order)[-2:] == ["CreditCardRefunded", "AmountCredited"]
    assert shop.refunded(order) == [2000]
    assert shop.balance(customer) == 500
