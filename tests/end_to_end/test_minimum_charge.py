"""A card is never asked for less than the provider takes: EUR 0.50."""

import pytest

from tests.integration.api.problems import problem_of
from tests.support.shop import Shop

pytestmark = pytest.mark.proof

CASES = [(2449, 2449, 51), (2450, 2450, 50), (2451, 2450, 50), (2499, 2450, 50), (2500, 2500, 0)]


@pytest.mark.parametrize(("balance", "withdrawn", "charged"), CASES)
def test_an_orders_account_pays_so_much_less(
    shop: Shop, balance: int, withdrawn: int, charged: int
) -> None:
    customer = shop.customer("pm_card_visa", balance=balance)

    order = shop.order(customer, shop.product(price=2500))

    seen = shop.await_order(order, "fulfilled")["payment"]
    assert (seen["withdrawn"], seen["charged"]) == (withdrawn, charged)
    assert shop.balance(customer) == balance - withdrawn
    assert shop.captured(order) == ([charged] if charged else [])


@pytest.mark.parametrize(("balance", "withdrawn", "charged"), CASES)
def test_all_of_it_is_given_back(shop: Shop, balance: int, withdrawn: int, charged: int) -> None:
    customer = shop.customer("pm_card_visa", balance=balance)

    order = shop.order(customer, shop.product(price=2500, stock=0))

    assert shop.await_order(order, "not_fulfilled")["payment"]["refunded"] == withdrawn + charged
    assert shop.balance(customer) == balance
    assert shop.captured(order) == shop.refunded(order) == ([charged] if charged else [])


def test_what_no_card_can_pay_is_refused(shop: Shop) -> None:
    customer, sku = shop.customer("pm_card_visa", balance=2500), shop.product(price=49)
    body = {"customer_id": customer, "lines": [{"sku": sku, "quantity": 1}]}
    [fault] = problem_of(shop.respond("POST", "/orders", json=body), 422)["errors"]
    assert (fault["field"], "EUR 0.50" in fault["message"]) == ("lines", True)

    two = shop.respond("POST", "/orders", json=body | {"lines": [{"sku": sku, "quantity": 2}]})

    shop.await_order(two.json()["id"], "fulfilled")
    assert shop.balance(customer) == 2500 - 98
