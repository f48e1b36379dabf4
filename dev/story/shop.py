"""The REST calls that the story makes, and its people."""

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from types import TracebackType
from typing import Any, Self

import httpx

# Seconds. A call that moves a payment's clock answers when all that fell due is done.
CALL_LIMIT = 120.0


@dataclass(frozen=True)
class Event:
    """A domain event of the order or of the payment with this `id`."""

    kind: str
    id: str
    sequence: int
    type: str
    at: str
    data: dict[str, Any]


class Shop:
    """A customer's and an operator's view of the system; a context manager. Failed calls raise
    httpx.HTTPStatusError.
    """

    def __init__(self, url: str) -> None:
        self._http = httpx.Client(base_url=url, timeout=CALL_LIMIT, trust_env=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._http.close()

    def create_customer(self, id: str, name: str) -> None:
        """Makes a customer without money or card."""
        self._call("POST", "/customers", {"id": id, "name": name, "email": f"{id}@example.com"})

    def balance(self, customer: str) -> int:
        """What is on the customer's account, in cents."""
        return int(self._call("GET", f"/customers/{customer}")["balance"])

    def credit(self, customer: str, amount: int, reference: str) -> None:
        """Puts `amount` cents on the customer's account, once per reference."""
        self._call(
            "POST", f"/customers/{customer}/credits", {"amount": amount, "reference": reference}
        )

    def set_card(self, customer: str, card: str) -> None:
        """Gives a customer, and their waiting payments, a card by the provider's token."""
        self._call("PUT", f"/customers/{customer}/card", {"payment_method": card})

    def stock_up(self, sku: str, name: str, price: int, *, at_least: int, to: int) -> None:
        """Makes a product, or fills up its stock if fewer than `at_least` pieces are left; `price`
        in cents.
        """
        try:
            enough = self.stock(sku) >= at_least
        except httpx.HTTPStatusError as error:
            if error.response.status_code != HTTPStatus.NOT_FOUND:
                raise
            enough = False
        if not enough:
            self._call("PUT", f"/products/{sku}", {"name": name, "price": price, "stock": to})

    def stock(self, sku: str) -> int:
        """How many pieces can be sold."""
        return int(self._call("GET", f"/products/{sku}")["stock"])

    def place_order(self, customer: str, sku: str) -> str:
        """Orders one piece; the order's id, which is its payment's id too."""
        order = {"customer_id": customer, "lines": [{"sku": sku, "quantity": 1}]}
        return str(self._call("POST", "/orders", order)["id"])

    def request_payment(self, customer: str, amount: int, reference: str) -> str:
        """Asks for `amount` cents without an order; the payment's id."""
        payment = {"customer_id": customer, "amount": amount, "reference": reference}
        return str(self._call("POST", "/payments", payment)["id"])

    def order(self, id: str) -> dict[str, Any]:
        """The order as the API shows it."""
        return self._call("GET", f"/orders/{id}")

    def payment(self, id: str) -> dict[str, Any]:
        """The payment as the API shows it."""
        return self._call("GET", f"/payments/{id}")

    def fast_forward(self, payment: str, days: float) -> None:
        """Moves the payment's clock on; returns when all that fell due is done."""
        self._call("POST", f"/dev/payments/{payment}/fast-forward", {"days": days})

    def events(self, kind: str, id: str, after: int) -> Iterator[Event]:
        """The events of `kind` (order or payment) behind number `after`, live, until there will be
        no more.
        """
        headers = {"Accept": "text/event-stream", "Last-Event-ID": str(after)}
        with self._http.stream("GET", f"/{kind}s/{id}/events", headers=headers) as response:
            response.raise_for_status()
            for line in response.iter_lines():
                if line.startswith("data:"):
                    fields = json.loads(line.removeprefix("data:"))
                    yield Event(kind, id, **fields)

    def _call(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """One call; while something behind the API is away, it is repeated when the API says."""
        end = time.monotonic() + CALL_LIMIT
        while True:
            response = self._http.request(method, path, json=body)
            away = response.status_code == HTTPStatus.SERVICE_UNAVAILABLE
            if not away or time.monotonic() > end:
                response.raise_for_status()
                return response.json()
            time.sleep(float(response.headers.get("Retry-After", 1)))
