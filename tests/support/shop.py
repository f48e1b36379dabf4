"""The whole system from outside: what customers, operators and neighbours can see of it."""

from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import httpx

from dev.stack.stack import Stack
from tests.support.audits import receipts_of
from tests.support.processes import eventually
from tests.support.simulators import SECRET_KEY, FaultSwitch
from verification.audit.receipts import keeping

FINAL_ORDERS = {"fulfilled", "not_fulfilled"}
PATIENCE_SECONDS = 60.0
"""How long a test waits for what must happen, on a machine that is busy."""


@dataclass
class Shop:
    """Talks to the API of a stack, and to the simulators about what reached them."""

    stack: Stack
    http: httpx.Client = field(init=False)
    cards: FaultSwitch = field(init=False)
    carrier: FaultSwitch = field(init=False)
    mailbox: FaultSwitch = field(init=False)

    def __post_init__(self) -> None:
        """Connects to nothing yet."""
        self.http = httpx.Client(
            base_url=self.stack.api_url,
            timeout=60,
            trust_env=False,
            event_hooks={"response": [keeping(receipts_of(self.stack))]},
        )
        self.cards = FaultSwitch(self.stack.cards_url)
        self.carrier = FaultSwitch(self.stack.carrier_url)
        self.mailbox = FaultSwitch(self.stack.mailbox_url)

    def customer(self, card: str | None = None, *, balance: int = 0) -> str:
        """A new customer's id; `balance` in cents."""
        id = f"customer-{uuid4().hex[:12]}"
        self.post("/customers", id=id, name="Kermit", email=f"{id}@example.com")
        if balance:
            self.credit(id, balance)
        if card:
            self.update_customers_card(id, card)
        return id

    def credit(self, customer: str, amount: int) -> None:
        """Give the customer `amount` cents."""
        self.post(f"/customers/{customer}/credits", amount=amount, reference=uuid4().hex)

    def balance(self, customer: str) -> int:
        """Cents on the customer's account."""
        return int(self.get(f"/customers/{customer}")["balance"])

    def update_customers_card(self, customer: str, card: str) -> dict[str, Any]:
        """`PUT /customers/{id}/card`."""
        return self.put(f"/customers/{customer}/card", payment_method=card)

    def product(self, *, price: int = 2500, stock: int = 10) -> str:
        """A new product's sku; `price` in cents."""
        sku = f"lily-{uuid4().hex[:12]}"
        self.put(f"/products/{sku}", name="Pond lily", price=price, stock=stock)
        return sku

    def stock(self, sku: str) -> int:
        """How many pieces can be sold."""
        return int(self.get(f"/products/{sku}")["stock"])

    def order(
        self, customer: str, sku: str, *, quantity: int = 1, policy: str | None = None
    ) -> str:
        """Place an order; its id."""
        body: dict[str, Any] = {
            "customer_id": customer,
            "lines": [{"sku": sku, "quantity": quantity}],
        }
        if policy:
            body["policy"] = policy
        return str(self.post("/orders", **body)["id"])

    def payment(self, customer: str, amount: int = 2500) -> str:
        """Request a payment by itself; its id."""
        return str(
            self.post("/payments", customer_id=customer, amount=amount, reference=uuid4().hex)["id"]
        )

    def see_order(self, id: str) -> dict[str, Any]:
        """`GET /orders/{id}`."""
        return self.get(f"/orders/{id}")

    def see_payment(self, id: str) -> dict[str, Any]:
        """`GET /payments/{id}`."""
        return self.get(f"/payments/{id}")

    def order_events(self, id: str) -> list[str]:
        """The types of the order's events."""
        return [event["type"] for event in self.get(f"/orders/{id}/events")["events"]]

    def payment_events(self, id: str) -> list[str]:
        """The types of the payment's events."""
        return [event["type"] for event in self.get(f"/payments/{id}/events")["events"]]

    def fast_forward(self, payment: str, days: float) -> dict[str, Any]:
        """Move the payment's clock on."""
        return self.post(f"/dev/payments/{payment}/fast-forward", days=days)

    def await_order(self, id: str, *statuses: str) -> dict[str, Any]:
        """Wait until the order has one of the statuses (any final one by default)."""
        wanted = set(statuses) or FINAL_ORDERS
        self._await(f"/orders/{id}", wanted)
        return self.see_order(id)

    def await_payment(self, id: str, *statuses: str) -> dict[str, Any]:
        """Wait until the payment, or an order's, is there and has one of the statuses."""
        self._await(f"/payments/{id}", set(statuses))
        return self.see_payment(id)

    def charges(self, payment: str) -> list[dict[str, Any]]:
        """What the card provider's own books hold of the payment: its PaymentIntents."""
        found = self._provider("/v1/payment_intents", limit=100)
        return [one for one in found if one["metadata"].get("payment") == payment]

    def captured(self, payment: str) -> list[int]:
        """The amounts, in cents, that the card provider really took for the payment."""
        charges = self.charges(payment)
        return [one["amount_received"] for one in charges if one["status"] == "succeeded"]

    def refunded(self, payment: str) -> list[int]:
        """The amounts, in cents, that the card provider really gave back."""
        return [
            refund["amount"]
            for charge in self.charges(payment)
            for refund in self._provider("/v1/refunds", payment_intent=charge["id"])
        ]

    def shipments(self, order: str) -> list[dict[str, Any]]:
        """What the carrier's own books hold of the order."""
        listed = httpx.get(f"{self.stack.carrier_url}/shipments", trust_env=False).json()
        return [one for one in listed["shipments"] if one["reference"] == order]

    def mails(self, customer: str) -> list[dict[str, Any]]:
        """What is in the customer's mailbox."""
        answer = httpx.get(
            f"{self.stack.mailbox_url}/messages",
            params={"to": f"{customer}@example.com"},
            trust_env=False,
        )
        return list(answer.json()["messages"])

    def await_mails(self, customer: str, *subjects: str) -> None:
        """Wait until exactly these mails, in any order, are in the customer's mailbox."""
        wanted = sorted(subjects)

        def there() -> bool:
            return sorted(mail["subject"] for mail in self.mails(customer)) == wanted

        eventually(there, f"mails {wanted} for {customer}", PATIENCE_SECONDS)

    def get(self, path: str) -> dict[str, Any]:
        """The JSON that a successful GET answers."""
        return _json(self.http.get(path))

    def post(self, path: str, **body: Any) -> dict[str, Any]:
        """The JSON that a successful POST answers."""
        return _json(self.http.post(path, json=body))

    def put(self, path: str, **body: Any) -> dict[str, Any]:
        """The JSON that a successful PUT answers."""
        return _json(self.http.put(path, json=body))

    def _await(self, path: str, statuses: set[str]) -> None:
        last: dict[str, Any] = {}

        def reached() -> bool:
            answer = self.http.get(path)
            last.update(answer.json())
            return answer.is_success and last.get("status") in statuses

        try:
            eventually(reached, f"{path} {sorted(statuses)}", PATIENCE_SECONDS)
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
                )
            )
            found += page["data"]
            if not page["has_more"]:
                return found
            more = {"starting_after": page["data"][-1]["id"]}


def _json(response: httpx.Response) -> dict[str, Any]:
    assert response.is_success, f"{response.request.url}: {response.status_code} {response.text}"
    return dict(response.json())
