"""Examples in the OpenAPI document, which /docs fills into "Try it out".

They are about the customer and the product that `make run` leaves behind. The ids of orders follow
from idempotency keys: whoever sends the examples as an operator, or with AUTH=none, gets the
orders that the other examples name.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid5

from api.services.orders import ORDER_ID_NAMESPACE

CUSTOMER = "kermit"
SKU = "pond-lily"
KEYS = ("first-example", "second-example")
FIRST_ORDER, SECOND_ORDER = (str(uuid5(ORDER_ID_NAMESPACE, key)) for key in KEYS)

DECLINED = {"payment_method": "pm_card_chargeDeclinedInsufficientFunds"}
WORKING = {"payment_method": "pm_card_visa"}


@dataclass(frozen=True)
class Example:
    """Values of parameters, and bodies by what they are about; "Try it out" has the first ones."""

    parameters: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    bodies: Mapping[str, Mapping[str, Any]] = field(default_factory=dict[str, Mapping[str, Any]])


_OF_CUSTOMER = {"id": (CUSTOMER,)}
_OF_PRODUCT = {"sku": (SKU,)}
_OF_ORDER = {"id": (FIRST_ORDER,)}

EXAMPLES: Mapping[str, Example] = {
    "POST /customers": Example(
        bodies={
            "A customer": {"id": CUSTOMER, "name": "Kermit", "email": f"{CUSTOMER}@example.com"}
        }
    ),
    "GET /customers/{id}": Example(_OF_CUSTOMER),
    "POST /customers/{id}/credits": Example(
        _OF_CUSTOMER, {"A gift of 5.00": {"amount": 500, "reference": "gift-1"}}
    ),
    "PUT /customers/{id}/card": Example(
        _OF_CUSTOMER,
        {"A card that is declined: the next payment waits": DECLINED, "A working card": WORKING},
    ),
    "GET /products/{sku}": Example(_OF_PRODUCT),
    "PUT /products/{sku}": Example(
        _OF_PRODUCT,
        {"100 pieces at 25.00 each": {"name": "Pond lily", "price": 2500, "stock": 100}},
    ),
    "POST /orders": Example(
        {"Idempotency-Key": KEYS},
        {
            "One piece": {
                "customer_id": CUSTOMER,
                "lines": [{"sku": SKU, "quantity": 1}],
                "policy": "charge_first",
            }
        },
    ),
    "GET /orders/{id}": Example(_OF_ORDER),
    "GET /orders/{id}/events": Example(_OF_ORDER),
    "GET /orders/{id}/mails": Example(_OF_ORDER),
    "GET /orders/{id}/attempts": Example(_OF_ORDER),
    "POST /orders/{id}/cancel": Example({"id": (SECOND_ORDER,)}),
    "POST /payments": Example(
        bodies={
            "25.00 without an order": {
                "customer_id": CUSTOMER,
                "amount": 2500,
                "reference": "invoice-7",
            }
        }
    ),
    "GET /payments/{id}": Example(_OF_ORDER),
    "GET /payments/{id}/events": Example(_OF_ORDER),
    "GET /payments/{id}/mails": Example(_OF_ORDER),
    "GET /payments/{id}/transfers": Example(_OF_ORDER),
    "GET /payments/{id}/refunds": Example(_OF_ORDER),
    "GET /payments/{id}/disputes": Example(_OF_ORDER),
    "PUT /payments/{id}/card": Example(_OF_ORDER, {"A working card": WORKING}),
    "POST /payments/{id}/refunds": Example(
        _OF_ORDER, {"5.00 of it": {"amount": 500, "reference": "return-3"}}
    ),
    "POST /dev/payments/{id}/fast-forward": Example(_OF_ORDER, {"Two days": {"days": 2}}),
}
"""By method and path."""


def add(operation: dict[str, Any], example: Example) -> None:
    """Adds the example to an operation of the document."""
    for parameter in operation.get("parameters", []):
        match example.parameters.get(parameter["name"], ()):
            case ():
                pass
            case (only,):
                parameter["example"] = only
            case several:
                parameter["examples"] = {value: {"value": value} for value in several}
    if example.bodies:
        operation["requestBody"]["content"]["application/json"]["examples"] = {
            about: {"summary": about, "value": body} for about, body in example.bodies.items()
        }
