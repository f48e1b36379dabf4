"""`POST /orders`: accepted once, priced by the shop, refused clearly."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.support.shop import Shop


def body_for(shop: Shop, **changes: Any) -> dict[str, Any]:
    return {
        "customer_id": shop.customer("pm_card_visa"),
        "lines": [{"sku": shop.product(), "quantity": 1}],
    } | changes


def test_an_accepted_order_is_there_at_once(shop: Shop) -> None:
    answer = shop.respond("POST", "/orders", json=body_for(shop))

    assert answer.status_code == 202
    assert answer.json()["status"] == "placed"
    there = shop.respond("GET", answer.headers["Location"])
    assert there.json()["id"] == answer.json()["id"]
    assert shop.respond("GET", f"{answer.headers['Location']}/events").status_code == 200


def test_one_key_is_one_order_however_often_and_at_once(shop: Shop) -> None:
    body, key = body_for(shop), {"Idempotency-Key": uuid4().hex}

    def place(_: int) -> httpx.Response:
        return shop.respond("POST", "/orders", json=body, headers=key)

    with ThreadPoolExecutor(8) as customers:
        answers = list(customers.map(place, range(16)))

    assert {answer.status_code for answer in answers} == {202}
    orders = {answer.json()["id"] for answer in answers}
    assert len(orders) == 1
    order = orders.pop()
    shop.await_order(order, "fulfilled")
    assert shop.captured(order) == [2500]
    again = shop.respond("POST", "/orders", json=body, headers=key)
    assert (again.status_code, again.json()["id"]) == (202, order)
    assert again.json()["status"] == "fulfilled"


def test_one_key_and_another_body_is_refused(shop: Shop) -> None:
    body, key = body_for(shop), {"Idempotency-Key": uuid4().hex}
    shop.respond("POST", "/orders", json=body, headers=key)

    answer = shop.respond("POST", "/orders", json=body | {"policy": "charge_later"}, headers=key)

    assert answer.status_code == 422
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_a_price_that_changes_later_does_not_change_the_order(shop: Shop) -> None:
    sku = shop.product(price=1000)
    order = shop.order(shop.customer("pm_card_visa"), sku)

    shop.put(f"/products/{sku}", name="Pond lily", price=9900, stock=5)

    assert shop.await_order(order, "fulfilled")["total"] == 1000
    assert shop.captured(order) == [1000]


@pytest.mark.parametrize(
    "changes",
    [
        {"customer_id": "nobody"},
        {"lines": []},
        {"lines": [{"sku": "no-such-thing", "quantity": 1}]},
        {"lines": [{"sku": "lily", "quantity": 0}]},
        {"lines": [{"sku": "lily", "quantity": -1}]},
        {"lines": [{"sku": "lily", "quantity": 1.5}]},
        {"lines": [{"sku": "lily", "quantity": 1, "price": 1}]},
        {"policy": "charge_never"},
        {"total": 1},
        {"customer_id": None},
        {"customer_id": "4242424242424242"},
    ],
)
def test_bad_input_is_refused_and_nothing_is_placed(shop: Shop, changes: dict[str, Any]) -> None:
    body = body_for(shop)
    good = body["customer_id"]

    answer = shop.respond("POST", "/orders", json=body | changes)

    assert answer.status_code == 422, answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["errors"]
    assert "4242424242424242" not in answer.text
    assert shop.get(f"/orders?customer_id={good}")["orders"] == []


def test_orders_are_listed_by_pages_newest_first(shop: Shop) -> None:
    customer, sku = shop.customer("pm_card_visa"), shop.product()
    placed = [shop.order(customer, sku) for _ in range(5)]
    for order in placed:
        shop.await_order(order, "fulfilled")

    listed: list[str] = []
    cursor = ""
    while cursor is not None:
        more = f"&cursor={cursor}" if cursor else ""
        page = shop.get(f"/orders?customer_id={customer}&status=fulfilled&limit=2{more}")
        assert len(page["orders"]) <= 2
        listed += [order["id"] for order in page["orders"]]
        cursor = page["next_cursor"]

    assert listed == list(reversed(placed))
