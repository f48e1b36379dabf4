"""What is refused at the door, and how: 422 naming the field."""

import json
from typing import Any

import httpx
import pytest

from api.schemas import MAX_LINES, MAX_PIECES
from domain.money import MAX_CENTS
from tests.api.problems import fields_of, problem_of

CUSTOMER = {"id": "gonzo", "name": "Gonzo", "email": "gonzo@example.com"}
CREDIT = {"amount": 1, "reference": "gift"}
PRODUCT = {"name": "Reed", "price": 1, "stock": 1}
LINE = {"sku": "pond-lily", "quantity": 1}
ORDER: dict[str, Any] = {"customer_id": "kermit", "lines": [LINE]}
PAYMENT = {"customer_id": "kermit", "amount": 1, "reference": "invoice-7"}
CARD = {"payment_method": "pm_card_visa"}
ID = "6a1f8e9e-5d9e-4a53-9d53-0f0a3f0a9e21"

NOT_AN_AMOUNT = [-1, MAX_CENTS + 1, 1.5, 1.0, True, "1", None]
NOT_AN_ID = ["", "Kermit", "-k", "_k", "k" * 65, "k k", "k/k", "k\n", "ä", 1, None]
NOT_ONE_LINE = ["", " ", "x" * 201, "a\nb", "a\x00b", "a\x7fb", "a\u2028b", "\ud800", 1, None]


@pytest.mark.parametrize("value", NOT_AN_ID)
async def test_customer_ids(http: httpx.AsyncClient, value: object) -> None:
    answer = await _post(http, "/customers", CUSTOMER | {"id": value})
    assert fields_of(answer) == {"id"}


@pytest.mark.parametrize("value", NOT_ONE_LINE)
async def test_names(http: httpx.AsyncClient, value: object) -> None:
    assert fields_of(await _post(http, "/customers", CUSTOMER | {"name": value})) == {"name"}
    answer = await _put(http, "/products/reed", PRODUCT | {"name": value})
    assert fields_of(answer) == {"name"}


@pytest.mark.parametrize(
    "value",
    ["", "kermit", "@example.com", "k@", "k@@x", "k k@x.com", "k@x..com", "k@x.com\n", "k\x00@x",
     "a@b,c@d", "<k@x.com>", f"{'k' * 65}@x.com", f"k@{'x.' * 130}com", 1, None],
)  # fmt: skip
async def test_email_addresses(http: httpx.AsyncClient, value: object) -> None:
    assert fields_of(await _post(http, "/customers", CUSTOMER | {"email": value})) == {"email"}


@pytest.mark.parametrize("value", [*NOT_AN_AMOUNT, 0])
async def test_credits(http: httpx.AsyncClient, value: object) -> None:
    answer = await _post(http, "/customers/kermit/credits", CREDIT | {"amount": value})
    assert fields_of(answer) == {"amount"}


@pytest.mark.parametrize("value", NOT_ONE_LINE)
async def test_references(http: httpx.AsyncClient, value: object) -> None:
    answer = await _post(http, "/customers/kermit/credits", CREDIT | {"reference": value})
    assert fields_of(answer) == {"reference"}
    answer = await _post(http, "/payments", PAYMENT | {"reference": value})
    assert fields_of(answer) == {"reference"}


@pytest.mark.parametrize("value", NOT_AN_AMOUNT)
async def test_prices_and_amounts(http: httpx.AsyncClient, value: object) -> None:
    answer = await _put(http, "/products/reed", PRODUCT | {"price": value})
    assert fields_of(answer) == {"price"}
    answer = await _post(http, "/payments", PAYMENT | {"amount": value})
    assert fields_of(answer) == {"amount"}


@pytest.mark.parametrize("value", [-1, MAX_PIECES + 1, 1.0, True, "1", None])
async def test_stock(http: httpx.AsyncClient, value: object) -> None:
    answer = await _put(http, "/products/reed", PRODUCT | {"stock": value})
    assert fields_of(answer) == {"stock"}


@pytest.mark.parametrize("value", [0, -1, MAX_PIECES + 1, 1.0, True, "1", None])
async def test_quantities(http: httpx.AsyncClient, value: object) -> None:
    answer = await _post(http, "/orders", ORDER | {"lines": [LINE | {"quantity": value}]})
    assert fields_of(answer) == {"lines.0.quantity"}


@pytest.mark.parametrize(
    "lines",
    [[], [LINE, LINE], [{"sku": f"s{n}", "quantity": 1} for n in range(MAX_LINES + 1)], LINE, None],
)
async def test_lines(http: httpx.AsyncClient, lines: object) -> None:
    assert fields_of(await _post(http, "/orders", ORDER | {"lines": lines})) == {"lines"}


async def test_an_order_names_what_is_there(http: httpx.AsyncClient) -> None:
    answer = await _post(http, "/orders", ORDER | {"customer_id": "gonzo"})
    assert fields_of(answer) == {"customer_id"}
    lines = [LINE, {"sku": "reed", "quantity": 1}, {"sku": "moss", "quantity": 1}]
    answer = await _post(http, "/orders", ORDER | {"lines": lines})
    assert fields_of(answer) == {"lines.1.sku", "lines.2.sku"}
    assert fields_of(await _post(http, "/orders", ORDER | {"policy": "never"})) == {"policy"}


async def test_an_order_does_not_cost_more_than_can_be_paid(http: httpx.AsyncClient) -> None:
    lines = [{"sku": "pond-lily", "quantity": MAX_CENTS // 2500 + 1}]
    assert fields_of(await _post(http, "/orders", ORDER | {"lines": lines})) == {"lines"}


async def test_a_payment_names_a_customer(http: httpx.AsyncClient) -> None:
    answer = await _post(http, "/payments", PAYMENT | {"customer_id": "gonzo"})
    assert fields_of(answer) == {"customer_id"}


@pytest.mark.parametrize("key", ["", "a b", "a\tb", "ä", "k" * 201])
async def test_idempotency_keys(http: httpx.AsyncClient, key: str) -> None:
    headers = {b"Idempotency-Key": key.encode()}
    answer = await http.post("/orders", json=ORDER, headers=headers)
    assert fields_of(answer) == {"Idempotency-Key"}


@pytest.mark.parametrize(
    "value",
    ["", "visa", "pm_", "PM_card_visa", "pm_card-visa", "pm_ä", "pm_x\n", f"pm_{'x' * 201}", None],
)
async def test_payment_methods(http: httpx.AsyncClient, value: object) -> None:
    for path in ("/customers/kermit/card", f"/payments/{ID}/card"):
        answer = await _put(http, path, {"payment_method": value})
        assert fields_of(answer) == {"payment_method"}


@pytest.mark.parametrize("days", ["0", "-1", "3650.1", "NaN", "Infinity", "1e999", '"2"', "true"])
async def test_days(http: httpx.AsyncClient, days: str) -> None:
    answer = await http.post(
        f"/dev/payments/{ID}/fast-forward",
        content=f'{{"days": {days}}}',
        headers={"Content-Type": "application/json"},
    )
    assert fields_of(answer) == {"days"}


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/customers", CUSTOMER),
        ("POST", "/customers/kermit/credits", CREDIT),
        ("PUT", "/customers/kermit/card", CARD),
        ("PUT", "/products/reed", PRODUCT),
        ("POST", "/orders", ORDER),
        ("POST", "/payments", PAYMENT),
        ("PUT", f"/payments/{ID}/card", CARD),
        ("POST", f"/dev/payments/{ID}/fast-forward", {"days": 2}),
    ],
)
async def test_bodies(
    http: httpx.AsyncClient, method: str, path: str, body: dict[str, Any]
) -> None:
    unknown = await http.request(method, path, json=body | {"currency": "EUR"})
    assert fields_of(unknown) == {"currency"}
    missing = await http.request(method, path, json={})
    assert fields_of(missing) == body.keys() - {"policy"}
    for content in (b"", b"{", b"[]", b'"x"', b"null", b"\xff", b"[" * 100_000, b"1" * 5000):
        headers = {"Content-Type": "application/json"}
        answer = await http.request(method, path, content=content, headers=headers)
        assert fields_of(answer) == {""}, content
    answer = await http.request(method, path, data={"x": "y"})
    assert fields_of(answer) == {""}


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=0", "limit"),
        ("limit=201", "limit"),
        ("limit=x", "limit"),
        ("status=lost", "status"),
        ("customer_id=Kermit", "customer_id"),
        ("cursor=", "cursor"),
        ("cursor=eHh4", "cursor"),
        ("cursor=ä", "cursor"),
        (f"cursor={'x' * 201}", "cursor"),
        ("page=2", "page"),
    ],
)
async def test_queries(http: httpx.AsyncClient, query: str, field: str) -> None:
    assert fields_of(await http.get(f"/orders?{query}")) == {field}


@pytest.mark.parametrize("seen", ["-1", "x", "1.5", str(2**31)])
async def test_last_event_ids(http: httpx.AsyncClient, seen: str) -> None:
    answer = await http.get(f"/orders/{ID}/events", headers={"Last-Event-ID": seen})
    assert fields_of(answer) == {"Last-Event-ID"}


async def test_ids_in_paths(http: httpx.AsyncClient) -> None:
    assert fields_of(await http.get("/customers/Kermit")) == {"id"}
    assert fields_of(await http.get("/products/Pond%20lily")) == {"sku"}
    assert fields_of(await _put(http, "/products/Reed", PRODUCT)) == {"sku"}
    for path in ("/orders/1", "/orders/1/events", "/payments/x", f"/orders/{ID.upper()}"):
        problem_of(await http.get(path), 404)


async def test_unknown_routes_and_methods(http: httpx.AsyncClient) -> None:
    problem_of(await http.get("/nowhere"), 404)
    problem_of(await http.get("/orders/"), 404)
    not_allowed = await http.delete("/orders")
    problem_of(not_allowed, 405)
    assert not_allowed.headers["allow"]


async def _post(http: httpx.AsyncClient, path: str, body: dict[str, Any]) -> httpx.Response:
    return await _send(http, "POST", path, body)


async def _put(http: httpx.AsyncClient, path: str, body: dict[str, Any]) -> httpx.Response:
    return await _send(http, "PUT", path, body)


async def _send(
    http: httpx.AsyncClient, method: str, path: str, body: dict[str, Any]
) -> httpx.Response:
    # Written in ASCII, so that characters that UTF-8 has no form for get through as well.
    headers = {"Content-Type": "application/json"}
    return await http.request(method, path, content=json.dumps(body), headers=headers)
