"""The whole system from outside: what customers, operators and other systems see of it."""

from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from uuid import uuid4

import httpx

from clients import calls
from clients.calls import Call
from clients.rest import RestClient
from dev.stack.stack import Stack
from tests.support.audits import receipts_of
from tests.support.processes import eventually
from tests.support.simulators import SECRET_KEY, FaultSwitch
from verification.audit.receipts import keeping

FINAL_ORDERS = {"fulfilled", "not_fulfilled"}
TIMEOUT_SECONDS = 60.0
"""How long a test waits, on a busy machine, for something that must happen."""


def respond(http: httpx.Client, method: str, path: str, **request: Any) -> httpx.Response:
    """The response, whatever its status; 503 asks to repeat the request, which is done."""
    responses: list[httpx.Response] = []

    def is_final() -> bool:
        responses.append(http.request(method, path, **request))
        return responses[-1].status_code != HTTPStatus.SERVICE_UNAVAILABLE

    eventually(is_final, f"a response to {method} {path}", TIMEOUT_SECONDS)
    return responses[-1]


@dataclass
class Shop:
    """Calls the API of a stack, and reads from the simulators what reached them."""

    stack: Stack
    token: str | None = None
    timeout_seconds: float = TIMEOUT_SECONDS
    """How long each `await_…` waits."""
    api: RestClient = field(init=False)
    http: httpx.Client = field(init=False)
    """For requests that are answered 503."""
    cards: FaultSwitch = field(init=False)
    carrier: FaultSwitch = field(init=False)
    mailbox: FaultSwitch = field(init=False)

    def __post_init__(self) -> None:
        """Connects to nothing yet."""
        self.api = RestClient(
            self.stack.api_url,
            self.token,
            timeout=60,
            # What a slow machine could not do in the API's time it says so: 503, please repeat.
            patience=TIMEOUT_SECONDS,
            on_response=keeping(receipts_of(self.stack)),
        )
        self.http = self.api.http
        self.cards = FaultSwitch(self.stack.cards_url)
        self.carrier = FaultSwitch(self.stack.carrier_url)
        self.mailbox = FaultSwitch(self.stack.mailbox_url)

    def customer(self, card: str | None = None, *, balance: int = 0) -> str:
        """A new customer's id; `balance` in cents."""
        id = f"customer-{uuid4().hex[:12]}"
        self.api.send(calls.create_customer(id, "Kermit", f"{id}@example.com"))
        if balance:
            self.credit(id, balance)
        if card:
            self.update_customers_card(id, card)
        return id

    def credit(self, customer: str, amount: int) -> None:
        """Credit the customer's account with `amount` cents."""
        self.api.send(calls.credit_customer(customer, amount, uuid4().hex))

    def balance(self, customer: str) -> int:
        """Cents on the customer's account."""
        return int(self.api.send(calls.get_customer(customer))["balance"])

    def update_customers_card(self, customer: str, card: str) -> dict[str, Any]:
        """`PUT /customers/{id}/card`."""
        return self.api.send(calls.update_customer_card(customer, card))

    def product(self, *, price: int = 2500, stock: int = 10) -> str:
        """A new product's sku; `price` in cents."""
        sku = f"lily-{uuid4().hex[:12]}"
        self.api.send(calls.put_product(sku, "Pond lily", price, stock))
        return sku

    def stock(self, sku: str) -> int:
        """How many pieces can be sold."""
        return int(self.api.send(calls.get_product(sku))["stock"])

    def order(
        self, customer: str, sku: str, *, quantity: int = 1, policy: str | None = None
    ) -> str:
        """Place an order; its id."""
        lines = [(sku, quantity)]
        call = calls.place_order(customer, lines, policy=policy, key=uuid4().hex)
        return str(self.api.send(call)["id"])

    def payment(self, customer: str, amount: int = 2500) -> str:
        """Request a payment without an order; its id."""
        call = calls.request_payment(customer, amount, uuid4().hex)
        return str(self.api.send(call)["id"])

    def see_order(self, id: str) -> dict[str, Any]:
        """`GET /orders/{id}`."""
        return self.api.send(calls.get_order(id))

    def see_payment(self, id: str) -> dict[str, Any]:
        """`GET /payments/{id}`."""
        return self.api.send(calls.get_payment(id))

    def order_events(self, id: str) -> list[str]:
        """The types of the order's events."""
        return self._events("order", id)

    def payment_events(self, id: str) -> list[str]:
        """The types of the payment's events."""
        return self._events("payment", id)

    def fast_forward(self, payment: str, days: float) -> dict[str, Any]:
        """Advance the payment's clock."""
        return self.api.send(calls.fast_forward(payment, days))

    def await_order(self, id: str, *statuses: str) -> dict[str, Any]:
        """Wait until the order has one of the statuses (any final one by default)."""
        wanted = set(statuses) or FINAL_ORDERS
        self._await(f"/orders/{id}", wanted)
        return self.see_order(id)

    def await_payment(self, id: str, *statuses: str) -> dict[str, Any]:
        """Wait until the payment exists and has one of the statuses."""
        self._await(f"/payments/{id}", set(statuses))
        return self.see_payment(id)

    def charges(self, payment: str) -> list[dict[str, Any]]:
        """The card provider's own records of the payment: its PaymentIntents."""
        found = self._provider("/v1/payment_intents", limit=100)
        return [one for one in found if one["metadata"].get("payment") == payment]

    def captured(self, payment: str) -> list[int]:
        """The amounts, in cents, that the card provider really charged for the payment."""
        charges = self.charges(payment)
        return [one["amount_received"] for one in charges if one["status"] == "succeeded"]

    def refunded(self, payment: str) -> list[int]:
        """The amounts, in cents, that the card provider really refunded."""
        return [refund["amount"] for refund in self.refunds(payment)]

    def refunds(self, payment: str) -> list[dict[str, Any]]:
        """The card provider's own records of the payment's refunds."""
        return [
            refund
            for charge in self.charges(payment)
            for refund in self._provider("/v1/refunds", payment_intent=charge["id"])
        ]

    def shipments(self, order: str) -> list[dict[str, Any]]:
        """The carrier's own records of the order."""
        listed = httpx.get(
            f"{self.stack.carrier_url}/shipments", trust_env=False, timeout=60
        ).json()
        return [one for one in listed["shipments"] if one["reference"] == order]

    def mails(self, customer: str) -> list[dict[str, Any]]:
        """What is in the customer's mailbox."""
        answer = httpx.get(
            f"{self.stack.mailbox_url}/messages",
            params={"to": f"{customer}@example.com"},
            trust_env=False,
            timeout=60,
        )
        return list(answer.json()["messages"])

    def await_mails(self, customer: str, *subjects: str) -> None:
        """Wait until exactly these mails, in any order, are in the customer's mailbox."""
        wanted = sorted(subjects)

        def there() -> bool:
            return sorted(mail["subject"] for mail in self.mails(customer)) == wanted

        eventually(there, f"mails {wanted} for {customer}", self.timeout_seconds)

    def await_dispute(self, payment: str, id: str) -> None:
        """Wait until the API knows the dispute of the payment's charge."""

        def known() -> bool:
            disputes = self.api.send(calls.list_disputes(payment))["disputes"]
            return id in {one["id"] for one in disputes}

        eventually(known, f"{id} of {payment}", self.timeout_seconds)

    def respond(self, method: str, path: str, **request: Any) -> httpx.Response:
        """As the function `respond`."""
        return respond(self.http, method, path, **request)

    def get(self, path: str) -> dict[str, Any]:
        """The JSON that a successful GET answers."""
        return self.api.send(Call("GET", path))

    def post(self, path: str, **body: Any) -> dict[str, Any]:
        """The JSON that a successful POST answers."""
        return self.api.send(Call("POST", path, body))

    def put(self, path: str, **body: Any) -> dict[str, Any]:
        """The JSON that a successful PUT answers."""
        return self.api.send(Call("PUT", path, body))

    def _events(self, kind: str, id: str) -> list[str]:
        return [event["type"] for event in self.api.send(calls.get_events(kind, id))["events"]]

    def _await(self, path: str, statuses: set[str]) -> None:
        last: dict[str, Any] = {}

        def reached() -> bool:
            answer = self.http.get(path)
            last.update(answer.json())
            return answer.is_success and last.get("status") in statuses

        try:
            eventually(reached, f"{path} {sorted(statuses)}", self.timeout_seconds)
        except AssertionError as error:
            error.add_note(f"it was {last}")
            raise

    def _provider(self, path: str, **query: Any) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        more: dict[str, Any] = {}
        while True:
            page = _json(
                httpx.get(
                    f"{self.stack.cards_url}{path}",
                    params=query | more,
                    auth=(SECRET_KEY, ""),
                    trust_env=False,
                    timeout=60,
                )
            )
            found += page["data"]
            if not page["has_more"]:
                return found
            more = {"starting_after": page["data"][-1]["id"]}


def _json(response: httpx.Response) -> dict[str, Any]:
    assert response.is_success, f"{response.request.url}: {response.status_code} {response.text}"
    return dict(response.json())
