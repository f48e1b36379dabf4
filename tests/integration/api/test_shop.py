"""Customers, credits and products: what the API writes itself."""

import asyncio

import httpx

from domain.money import MAX_CENTS
from tests.integration.api.problems import problem_of

GONZO = {"id": "gonzo", "name": "Gonzo", "email": "gonzo@example.com"}
REED = {"name": "Reed", "price": 150, "stock": 7}


async def test_create_customer(http: httpx.AsyncClient) -> None:
    shown = GONZO | {"balance": 0, "currency": "EUR", "card": None}
    created = await http.post("/customers", json=GONZO)
    assert (created.status_code, created.json()) == (201, shown)
    again = await http.post("/customers", json=GONZO)
    assert (again.status_code, again.json()) == (200, shown)
    problem_of(await http.post("/customers", json=GONZO | {"name": "Rizzo"}), 409)
    assert (await http.get("/customers/gonzo")).json() == shown


async def test_the_same_customer_at_the_same_moment(http: httpx.AsyncClient) -> None:
    answers = await asyncio.gather(*(http.post("/customers", json=GONZO) for _ in range(8)))
    assert sorted(answer.status_code for answer in answers) == [*[200] * 7, 201]


async def test_unknown_things(http: httpx.AsyncClient) -> None:
    problem_of(await http.get("/customers/gonzo"), 404)
    problem_of(await http.get("/products/reed"), 404)
    credit = {"amount": 1, "reference": "gift"}
    problem_of(await http.post("/customers/gonzo/credits", json=credit), 404)
    card = {"payment_method": "pm_card_visa"}
    problem_of(await http.put("/customers/gonzo/card", json=card), 404)


async def test_credits(http: httpx.AsyncClient) -> None:
    path, credit = "/customers/kermit/credits", {"amount": 3000, "reference": "gift-1"}
    given = await http.post(path, json=credit)
    assert (given.status_code, given.json()["balance"]) == (201, 3000)
    again = await http.post(path, json=credit)
    assert (again.status_code, again.json()["balance"]) == (200, 3000)
    problem_of(await http.post(path, json=credit | {"amount": 1}), 409)
    another = await http.post(path, json=credit | {"reference": "gift-2"})
    assert (another.status_code, another.json()["balance"]) == (201, 6000)


async def test_a_reference_belongs_to_its_customer(http: httpx.AsyncClient) -> None:
    await http.post("/customers", json=GONZO)
    credit = {"amount": 3000, "reference": "gift-1"}
    for id in ("kermit", "gonzo"):
        assert (await http.post(f"/customers/{id}/credits", json=credit)).status_code == 201


async def test_the_longest_reference_of_the_longest_customer_id(http: httpx.AsyncClient) -> None:
    await http.post("/customers", json=GONZO | {"id": "g" * 64})
    credit = {"amount": 1, "reference": "ü" * 100}
    answer = await http.post(f"/customers/{'g' * 64}/credits", json=credit)
    assert answer.status_code == 201


async def test_an_account_has_a_limit(http: httpx.AsyncClient) -> None:
    path = "/customers/kermit/credits"
    most = await http.post(path, json={"amount": MAX_CENTS, "reference": "most"})
    assert most.json()["balance"] == MAX_CENTS
    problem_of(await http.post(path, json={"amount": 1, "reference": "more"}), 409)
    assert (await http.get("/customers/kermit")).json()["balance"] == MAX_CENTS


async def test_put_product(http: httpx.AsyncClient) -> None:
    shown = REED | {"sku": "reed", "currency": "EUR"}
    new = await http.put("/products/reed", json=REED)
    assert (new.status_code, new.json()) == (201, shown)
    changed = await http.put("/products/reed", json=REED | {"stock": 0})
    assert (changed.status_code, changed.json()) == (200, shown | {"stock": 0})
    assert (await http.get("/products/reed")).json() == shown | {"stock": 0}
    everything = (await http.get("/products")).json()["products"]
    assert [product["sku"] for product in everything] == ["pond-lily", "reed"]
