"""Bad input over HTTP: refused by the real stack as well, nothing done, card numbers nowhere."""

import httpx

from tests.integration.api.problems import fields_of, problem_of
from tests.support.bad_input import bad_requests
from tests.support.shop import Shop

CANARIES = ("4000056655665556", "4000 0566 5566 5556", "4000/0566/5566/5556")
"""Numbers of test cards that nothing else here uses."""


def test_everything_bad_is_refused_and_nothing_is_done(shop: Shop) -> None:
    customer, sku = shop.customer("pm_card_visa"), shop.product(price=2500)
    for bad in bad_requests(customer, sku):
        answer = shop.respond(
            bad.method, bad.path, content=bad.content, headers=list(bad.headers.items())
        )
        try:
            problem_of(answer, bad.status)
            if bad.status == 422:
                assert fields_of(answer) == bad.fields
        except AssertionError as error:
            error.add_note(str(bad))
            raise
    assert shop.get(f"/orders?customer_id={customer}")["orders"] == []
    assert shop.balance(customer) == 0
    assert shop.stock(sku) == 10


def test_what_contradicts_what_is_there(shop: Shop) -> None:
    customer, sku = shop.customer("pm_card_visa"), shop.product()
    data = {"id": customer, "name": "Kermit", "email": f"{customer}@example.com"}
    assert shop.respond("POST", "/customers", json=data).status_code == 200
    problem_of(shop.respond("POST", "/customers", json=data | {"name": "Gonzo"}), 409)
    credit = {"amount": 1, "reference": "gift"}
    shop.post(f"/customers/{customer}/credits", **credit)
    problem_of(
        shop.respond("POST", f"/customers/{customer}/credits", json=credit | {"amount": 2}), 409
    )

    asked = {"customer_id": customer, "amount": 0, "reference": f"invoice of {customer}"}
    payment = shop.post("/payments", **asked)["id"]
    problem_of(shop.respond("POST", "/payments", json=asked | {"amount": 100}), 409)
    shop.await_payment(payment, "received")
    card = {"payment_method": "pm_card_visa"}
    problem_of(shop.respond("PUT", f"/payments/{payment}/card", json=card), 409)
    problem_of(shop.respond("POST", f"/dev/payments/{payment}/fast-forward", json={"days": 1}), 409)

    body = {"customer_id": customer, "lines": [{"sku": sku, "quantity": 1}]}
    key = {"Idempotency-Key": f"key-of-{customer}"}
    order = shop.respond("POST", "/orders", json=body, headers=key).json()["id"]
    other = body | {"lines": [{"sku": sku, "quantity": 2}]}
    fields = fields_of(shop.respond("POST", "/orders", json=other, headers=key))
    assert fields == {"Idempotency-Key"}
    shop.await_order(order, "fulfilled")
    problem_of(shop.respond("POST", f"/orders/{order}/cancel"), 409)


def test_a_card_number_is_written_down_nowhere(shop: Shop) -> None:
    customer = shop.customer()
    for number in CANARIES:
        for answer in _sent(shop.http, customer, number):
            assert number not in problem_of(answer, 422)["detail"]
            assert number not in answer.text
    written = {number.encode() for number in CANARIES}
    for name in ("temporal", "cards", "carrier", "mailbox", "worker", "mailer", "api", "codec"):
        assert not any(number in shop.stack.log(name) for number in CANARIES), name
    files = [path for path in shop.stack.folder.rglob("*") if path.is_file()]
    assert any(path.name == "orders.db" for path in files)
    for path in files:
        content = path.read_bytes()
        assert not any(number in content for number in written), path


def _sent(http: httpx.Client, customer: str, number: str) -> list[httpx.Response]:
    """The answers to this number wherever people could put it."""
    card = {"payment_method": number}
    return [
        http.put(f"/customers/{customer}/card", json=card),
        http.put(f"/customers/{customer}/card", json={"payment_method": f"pm_{number}"}),
        http.post("/payments", json={"customer_id": customer, "amount": 2500, "reference": number}),
        http.post(f"/customers/{customer}/credits", json={"amount": 1, "reference": number}),
        http.post("/customers", json={"id": "g", "name": number, "email": "g@example.com"}),
        http.post("/orders", json={"customer_id": customer, "lines": [], "card": number}),
        http.post("/orders", content=f"card={number}".encode()),
        http.get("/orders", params={"customer_id": number}),
        http.get(f"/customers/{number}"),
        http.get("/products", headers={"Idempotency-Key": number}),
    ]
