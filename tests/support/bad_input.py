"""All invalid input that the REST contract implies, and the fields at fault.

For the application in the test's own process and for the real stack alike.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from api.schemas.requests import MAX_LINES, MAX_PIECES
from domain.money import MAX_CENTS

ID = "6a1f8e9e-5d9e-4a53-9d53-0f0a3f0a9e21"
"""An id that does not exist."""

NOT_AN_AMOUNT = [-1, MAX_CENTS + 1, 1.5, 1.0, True, "1", None]
NOT_AN_ID = ["", "Kermit", "-k", "_k", "k" * 65, "k k", "k/k", "k\n", "ä", 1, None]
NOT_ONE_LINE = ["", " ", "x" * 201, "a\nb", "a\x00b", "a\x7fb", "a\u2028b", "\ud800", 1, None]
NOT_A_NUMBER_OF_PIECES = [-1, MAX_PIECES + 1, 1.0, True, "1", None]
NOT_AN_ADDRESS = [
    *("", "kermit", "@example.com", "k@", "k@@x", "k k@x.com", "k@x..com", "k@x.com\n", "k\x00@x"),
    *("a@b,c@d", "<k@x.com>", f"{'k' * 65}@x.com", f"k@{'x.' * 130}com", 1, None),
]
NOT_A_TOKEN = [
    *("", "visa", "pm_", "PM_card_visa", "pm_card-visa", "pm_ä", "pm_x\n", f"pm_{'x' * 201}", None)
]
NOT_DAYS = ["0", "-1", "3650.1", "NaN", "Infinity", "1e999", '"2"', "true"]
NOT_JSON_OBJECTS = [
    *(b"", b"{", b"[]", b'"x"', b"null", b"\xff", b"[" * 60_000, b"1" * 5000),
]
QUERIES = [
    *(
        ("limit=0", "limit"),
        ("limit=201", "limit"),
        ("limit=x", "limit"),
        ("status=lost", "status"),
    ),
    *(("customer_id=Kermit", "customer_id"), ("cursor=", "cursor"), ("cursor=eHh4", "cursor")),
    # A place of ours, but for the id: that is a NUL.
    ("cursor=WyIyMDI2LTAzLTAxVDEyOjAwOjAwWiIsIlx1MDAwMCJd", "cursor"),
    *((f"cursor={quote('ä')}", "cursor"), (f"cursor={'x' * 201}", "cursor"), ("page=2", "page")),
]


@dataclass(frozen=True)
class BadRequest:
    """One request, and the answer it must get: problem+json with `status`, naming `fields`."""

    method: str
    path: str
    content: bytes = b""
    fields: frozenset[str] = frozenset()
    status: int = 422
    headers: dict[bytes, bytes] = field(
        default_factory=lambda: {b"Content-Type": b"application/json"}
    )

    def __str__(self) -> str:
        about = " ".join(sorted(self.fields)) or self.status
        shown = self.headers.get(b"Idempotency-Key", self.content)
        return f"{self.method} {self.path[:60]} {about} {shown[:60]!r}"


def bad_requests(customer: str = "kermit", sku: str = "pond-lily") -> Iterator[BadRequest]:
    """All of them; the customer and the product, of EUR 25.00, must be there."""
    bodies = _bodies(customer, sku)
    yield from _values(customer, sku, bodies)
    for (method, path), body in bodies.items():
        yield _json(method, path, body | {"currency": "EUR"}, "currency")
        yield _json(method, path, {}, *(body.keys() - {"policy"}))
        yield _json(method, path, body | {"\ud800": "x"}, "")
        # The answer can't repeat half a character.
        yield _json(method, path, body | {"\ud800": "4242 4242 4242 4242"}, "?")
        for content in NOT_JSON_OBJECTS:
            yield BadRequest(method, path, content, frozenset({""}))
        form = {b"Content-Type": b"application/x-www-form-urlencoded"}
        yield BadRequest(method, path, b"x=y", frozenset({""}), headers=form)
    yield from _beside_the_body(bodies["POST", "/orders"])
    yield from _not_there()


def _bodies(customer: str, sku: str) -> dict[tuple[str, str], dict[str, Any]]:
    """A good one for every call that takes one."""
    lines = [{"sku": sku, "quantity": 1}]
    card = {"payment_method": "pm_card_visa"}
    return {
        ("POST", "/customers"): {"id": "gonzo", "name": "Gonzo", "email": "gonzo@example.com"},
        ("POST", f"/customers/{customer}/credits"): {"amount": 1, "reference": "gift"},
        ("PUT", f"/customers/{customer}/card"): card,
        ("PUT", "/products/reed"): {"name": "Reed", "price": 1, "stock": 1},
        ("POST", "/orders"): {"customer_id": customer, "lines": lines},
        ("POST", "/payments"): {"customer_id": customer, "amount": 2500, "reference": "invoice-7"},
        ("PUT", f"/payments/{ID}/card"): card,
        ("POST", f"/dev/payments/{ID}/fast-forward"): {"days": 2},
    }


def _values(
    customer: str, sku: str, bodies: dict[tuple[str, str], dict[str, Any]]
) -> Iterator[BadRequest]:
    """One field at a time."""
    line = {"sku": sku, "quantity": 1}
    dear = [{"sku": sku, "quantity": MAX_CENTS // 2500 + 1}]
    many = [{"sku": f"s{number}", "quantity": 1} for number in range(MAX_LINES + 1)]
    wrong: list[tuple[str, str, str, list[Any]]] = [
        ("POST", "/customers", "id", NOT_AN_ID),
        ("POST", "/customers", "name", NOT_ONE_LINE),
        ("POST", "/customers", "email", NOT_AN_ADDRESS),
        ("POST", f"/customers/{customer}/credits", "amount", [*NOT_AN_AMOUNT, 0]),
        ("POST", f"/customers/{customer}/credits", "reference", NOT_ONE_LINE),
        ("PUT", f"/customers/{customer}/card", "payment_method", NOT_A_TOKEN),
        ("PUT", "/products/reed", "name", NOT_ONE_LINE),
        ("PUT", "/products/reed", "price", NOT_AN_AMOUNT),
        ("PUT", "/products/reed", "stock", NOT_A_NUMBER_OF_PIECES),
        ("POST", "/orders", "customer_id", ["nobody", *NOT_AN_ID]),
        ("POST", "/orders", "policy", ["never", "", 1, None]),
        ("POST", "/orders", "lines", [[], [line, line], many, dear, line, None]),
        ("POST", "/payments", "customer_id", ["nobody", *NOT_AN_ID]),
        ("POST", "/payments", "amount", NOT_AN_AMOUNT),
        ("POST", "/payments", "reference", NOT_ONE_LINE),
        ("PUT", f"/payments/{ID}/card", "payment_method", NOT_A_TOKEN),
    ]
    for method, path, name, values in wrong:
        for value in values:
            yield _json(method, path, bodies[method, path] | {name: value}, name)
    person = {"name": "Piggy", "email": "piggy@example.com"}
    for value in ["x" * 256 if value == "x" * 201 else value for value in NOT_ONE_LINE]:
        # Without `id`, which would follow from it: only the subject is at fault.
        missing = [] if isinstance(value, str) else ["id"]
        yield _json("POST", "/customers", person | {"subject": value}, "subject", *missing)
    order = bodies["POST", "/orders"]
    for quantity in [0, *NOT_A_NUMBER_OF_PIECES]:
        lines = [line | {"quantity": quantity}]
        yield _json("POST", "/orders", order | {"lines": lines}, "lines.0.quantity")
    lines = [line, {"sku": "nothing", "quantity": 1}, {"sku": "moss", "quantity": 1}]
    yield _json("POST", "/orders", order | {"lines": lines}, "lines.1.sku", "lines.2.sku")
    for days in NOT_DAYS:
        content = f'{{"days": {days}}}'.encode()
        yield BadRequest("POST", f"/dev/payments/{ID}/fast-forward", content, frozenset({"days"}))


def _beside_the_body(order: dict[str, Any]) -> Iterator[BadRequest]:
    """Headers, queries and paths."""
    for key in ("", "a b", "a\tb", "ä", "k" * 201):
        headers = {b"Content-Type": b"application/json", b"Idempotency-Key": key.encode()}
        content = json.dumps(order).encode()
        fields = frozenset({"Idempotency-Key"})
        yield BadRequest("POST", "/orders", content, fields, headers=headers)
    for query, name in QUERIES:
        yield BadRequest("GET", f"/orders?{query}", fields=frozenset({name}))
    for seen in ("-1", "x", "1.5", str(2**31)):
        for kind in ("orders", "payments"):
            headers = {b"Last-Event-ID": seen.encode()}
            fields = frozenset({"Last-Event-ID"})
            yield BadRequest("GET", f"/{kind}/{ID}/events", fields=fields, headers=headers)
    yield BadRequest("GET", "/customers/Kermit", fields=frozenset({"id"}))
    yield BadRequest("GET", "/products/Pond%20lily", fields=frozenset({"sku"}))
    product = {"name": "Reed", "price": 1, "stock": 1}
    yield _json("PUT", "/products/Reed", product, "sku")


def _not_there() -> Iterator[BadRequest]:
    """Unknown ids, routes and methods."""
    for id in ("1", ID.upper()):
        for path in ("/orders/{}", "/orders/{}/events", "/payments/{}", "/payments/{}/events"):
            yield BadRequest("GET", path.format(id), status=404)
        yield BadRequest("POST", f"/orders/{id}/cancel", status=404)
    for path in ("/customers/nobody", "/products/nothing", "/nowhere", "/orders/"):
        yield BadRequest("GET", path, status=404)
    for method, path in (("DELETE", "/orders"), ("PATCH", "/customers"), ("PUT", "/payments")):
        yield BadRequest(method, path, status=405)


def _json(method: str, path: str, body: object, *fields: str) -> BadRequest:
    # Written in ASCII, so that characters that UTF-8 has no form for get through as well.
    return BadRequest(method, path, json.dumps(body).encode(), frozenset(fields))
