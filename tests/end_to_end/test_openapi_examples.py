"""The examples of /docs, sent at the running system: each of them works."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest

from tests.support.shop import Shop

DECLINED, WORKING = "A card that is declined: the next payment waits", "A working card"
FAST_FORWARD = "POST /dev/payments/{id}/fast-forward"
FIRST, SECOND = 0, 1

TOUR = (
    "POST /customers/{id}/credits",
    "PUT /customers/{id}/card",
    "POST /orders",
    "GET /payments/{id}",
    FAST_FORWARD,
    "GET /orders/{id}/mails",
    "PUT /payments/{id}/card",
    "GET /orders/{id}",
    "POST /payments/{id}/refunds",
)
"""A gift, and then what the description suggests."""

Sent = dict[str, Any]


class Examples:
    """What "Try it out" of the served document fills in."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop
        self._document = shop.get("/docs/openapi.json")
        self.left = {
            (name, about)
            for name, operation in self._operations().items()
            for about in self._bodies(operation) or [None]
            if self._has_example(operation)
        }
        """The examples that were not sent yet, each with the name of its body."""

    def send(self, name: str, body: str | None = None, choice: int = FIRST) -> dict[str, Any]:
        """The answer, a success, to an endpoint's example with its first body, or that one."""
        operation = self._operations()[name]
        bodies = self._bodies(operation)
        about = body or next(iter(bodies), None)
        method, path = name.split()
        headers: dict[str, str] = {}
        for parameter in operation.get("parameters", []):
            value = _value(parameter, choice)
            if value is None:
                assert not parameter["required"], f"{name}: {parameter['name']}"
            elif parameter["in"] == "path":
                path = path.replace(f"{{{parameter['name']}}}", quote(value))
            else:
                headers[parameter["name"]] = value
        request: dict[str, Any] = {"headers": headers}
        if about is not None:
            request["json"] = bodies[about]["value"]
        answer = self._shop.respond(method, path, **request)
        assert answer.is_success, f"{name}: {answer.text}"
        self.left.discard((name, about))
        return answer.json()

    def _operations(self) -> dict[str, dict[str, Any]]:
        return {
            f"{method.upper()} {path}": operation
            for path, operations in self._document["paths"].items()
            for method, operation in operations.items()
        }

    def _bodies(self, operation: dict[str, Any]) -> dict[str, Any]:
        content = operation.get("requestBody", {}).get("content", {})
        return content.get("application/json", {}).get("examples", {})

    def _has_example(self, operation: dict[str, Any]) -> bool:
        parameters = operation.get("parameters", [])
        return bool(self._bodies(operation)) or any(_value(one, FIRST) for one in parameters)


def _value(parameter: dict[str, Any], choice: int) -> str | None:
    several = [one["value"] for one in parameter.get("examples", {}).values()]
    return several[choice] if several else parameter.get("example")


@pytest.fixture
def examples(shop: Shop) -> Iterator[Examples]:
    examples = Examples(shop)
    # What `make run` has done before anybody opens /docs.
    examples.send("POST /customers")
    examples.send("PUT /products/{sku}")
    yield examples
    # Kermit's card works again, and nothing of his waits.
    examples.send("PUT /customers/{id}/card", WORKING)


def test_every_example_works(shop: Shop, examples: Examples) -> None:
    """The tour of the description, then what it leaves out."""
    answers: dict[str, Any] = {}
    for name in TOUR:
        if name == "GET /payments/{id}":
            shop.await_payment(answers["POST /orders"]["id"], "awaiting_card")
        if name == "GET /orders/{id}":
            shop.await_order(answers["POST /orders"]["id"], "fulfilled")
        answers[name] = examples.send(name)
    order = answers["POST /orders"]["id"]
    assert answers["GET /payments/{id}"]["id"] == order
    assert answers[FAST_FORWARD]["reminders_sent"] == 1
    assert len(answers["GET /orders/{id}/mails"]["mails"]) >= 2
    assert answers["GET /orders/{id}"]["status"] == "fulfilled"
    shop.await_payment(order, "received", "refunded")

    # It has another key, hence another id, and waits.
    examples.send("PUT /customers/{id}/card", DECLINED)
    second = examples.send("POST /orders", choice=SECOND)["id"]
    assert second != order
    shop.await_payment(second, "awaiting_card")
    assert examples.send("POST /orders/{id}/cancel")["id"] == second
    shop.await_order(second, "not_fulfilled")
    examples.send("PUT /customers/{id}/card", WORKING)
    invoice = examples.send("POST /payments")["id"]
    shop.await_payment(invoice, "received")

    for name, about in sorted(examples.left, key=str):
        examples.send(name, about)
    assert not examples.left
    description = shop.get("/docs/openapi.json")["info"]["description"]
    for number, name in enumerate(TOUR[1:], 1):
        assert f"{number}. `{name}`" in description


def test_sent_again_the_examples_change_nothing(examples: Examples) -> None:
    """Keys and references are the same: nobody orders or pays twice by trying."""
    first = examples.send("POST /orders")
    assert examples.send("POST /orders")["id"] == first["id"]
    balance = examples.send("POST /customers/{id}/credits")["balance"]
    assert examples.send("POST /customers/{id}/credits")["balance"] == balance
