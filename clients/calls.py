"""The calls of the REST API that clients make: the request that each one sends.

Amounts are in minor units of the currency. Ids may contain anything: they are quoted.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote


@dataclass(frozen=True)
class Call:
    """One request: `path` is quoted, `body` is sent as JSON, None sends no body."""

    method: str
    path: str
    body: Mapping[str, Any] | None = None
    query: Mapping[str, Any] | None = None
    headers: Mapping[str, str] | None = None

    @property
    def arguments(self) -> dict[str, Any]:
        """What httpx's `request` takes; a query parameter that is None is left out."""
        query = {name: value for name, value in (self.query or {}).items() if value is not None}
        return {
            "method": self.method,
            "url": self.path,
            "json": self.body,
            "params": query or None,
            "headers": self.headers,
        }

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


def path(*parts: str) -> str:
    """The path with these segments, each quoted."""
    return "".join(f"/{quote(part, safe='')}" for part in parts)


def create_customer(id: str, name: str, email: str) -> Call:
    """Idempotent: the same customer again is answered 200, another one with this id 409."""
    return Call("POST", "/customers", {"id": id, "name": name, "email": email})


def get_customer(id: str) -> Call:
    """With the balance of the account."""
    return Call("GET", path("customers", id))


def credit_customer(id: str, amount: int, reference: str) -> Call:
    """Credits the account, once per reference."""
    body = {"amount": amount, "reference": reference}
    return Call("POST", path("customers", id, "credits"), body)


def update_customer_card(id: str, card: str) -> Call:
    """Sets the card, by the provider's token, for the customer and their waiting payments."""
    return Call("PUT", path("customers", id, "card"), {"payment_method": card})


def put_product(sku: str, name: str, price: int, stock: int) -> Call:
    """Creates or replaces a product."""
    return Call("PUT", path("products", sku), {"name": name, "price": price, "stock": stock})


def list_products() -> Call:
    """All products, by SKU."""
    return Call("GET", "/products")


def get_product(sku: str) -> Call:
    """With the stock that can be sold."""
    return Call("GET", path("products", sku))


def place_order(
    customer: str,
    lines: Sequence[tuple[str, int]],
    *,
    policy: str | None = None,
    expected_total: int | None = None,
    key: str | None = None,
) -> Call:
    """`lines` are (SKU, quantity); with an idempotency key it can be repeated safely.

    Refused if `expected_total`, in cents, is not what the order costs now.
    """
    body: dict[str, Any] = {
        "customer_id": customer,
        "lines": [{"sku": sku, "quantity": quantity} for sku, quantity in lines],
    }
    if policy is not None:
        body["policy"] = policy
    if expected_total is not None:
        body["expected_total"] = expected_total
    return Call("POST", "/orders", body, headers={"Idempotency-Key": key} if key else None)


def list_orders(
    *, customer: str | None = None, status: str | None = None, search: str | None = None
) -> Call:
    """The newest orders; `search` is the beginning of their ids, or a part of their customers'."""
    query = {"customer_id": customer, "status": status, "search": search}
    return Call("GET", "/orders", query=query)


def list_customers() -> Call:
    """The first customers, by id."""
    return Call("GET", "/operations/customers")


def list_waiting_payments() -> Call:
    """The first payments that wait for a card."""
    return Call("GET", "/operations/waiting")


def get_order(id: str) -> Call:
    """With its payment."""
    return Call("GET", path("orders", id))


def cancel_order(id: str) -> Call:
    """Requests the cancellation; answered 409 when it is too late."""
    return Call("POST", path("orders", id, "cancel"))


def request_payment(customer: str, amount: int, reference: str) -> Call:
    """A payment without an order, once per reference."""
    body = {"customer_id": customer, "amount": amount, "reference": reference}
    return Call("POST", "/payments", body)


def get_payment(id: str) -> Call:
    """The payment of an order has the order's id."""
    return Call("GET", path("payments", id))


def refund_payment(id: str, amount: int, reference: str, replaces: str | None = None) -> Call:
    """Gives back a part of a received payment, once per reference.

    `replaces` is the reference of the refund, owed to the customer, that it gives back.
    """
    body: dict[str, Any] = {"amount": amount, "reference": reference}
    if replaces is not None:
        body["replaces"] = replaces
    return Call("POST", path("payments", id, "refunds"), body)


def list_refunds(id: str) -> Call:
    """The refunds of a payment with their states, and what can still be given back."""
    return Call("GET", path("payments", id, "refunds"))


def list_disputes(id: str) -> Call:
    """The disputes and early fraud warnings of a payment's charges."""
    return Call("GET", path("payments", id, "disputes"))


def settle_refund(id: str, reference: str, reason: str) -> Call:
    """Books that a refund which was refused or failed was given back in another way."""
    return Call("POST", path("payments", id, "refunds", reference, "settle"), {"reason": reason})


def update_payment_card(id: str, card: str) -> Call:
    """Sets the card, by the provider's token, for this payment only."""
    return Call("PUT", path("payments", id, "card"), {"payment_method": card})


def fast_forward(payment: str, days: float) -> Call:
    """Advances the payment's clock; answered when everything that fell due is done."""
    return Call("POST", path("dev", "payments", payment, "fast-forward"), {"days": days})


def get(kind: str, id: str) -> Call:
    """The order or the payment; `kind` says which."""
    return Call("GET", path(f"{kind}s", id))


def get_events(kind: str, id: str) -> Call:
    """All events of an order or a payment so far."""
    return Call("GET", path(f"{kind}s", id, "events"))


def stream_events(seen: Mapping[str, int]) -> Call:
    """The events of `order/<id>` or `payment/<id>` after the number seen, as server-sent events.

    Further streams are merged into those of an order, by time.
    """
    first, *also = seen
    kind, _, id = first.partition("/")
    last = ",".join(str(number) for number in seen.values())
    headers = {"Accept": "text/event-stream", "Last-Event-ID": last}
    return Call("GET", path(f"{kind}s", id, "events"), query={"also": also}, headers=headers)
