"""What requests bring: their bodies and queries. Money is integer cents."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, field_validator

from domain.field_types import Identifier, OneLine, PaymentMethod, Reference
from domain.money import Cents, PositiveCents
from domain.statuses import OrderPolicy, OrderStatus

MAX_PIECES = 2**31 - 1
"""What the database can count of one product."""

MAX_LINES = 100
MAX_PAGE = 200

_EMAIL = (
    r"^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}"
    r"@[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
    r"(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*$"
)
"""Source: https://html.spec.whatwg.org/multipage/input.html#valid-e-mail-address"""


Name = Annotated[str, Field(min_length=1, max_length=200), OneLine]
Email = Annotated[str, Field(max_length=254, pattern=_EMAIL)]
CreditReference = Annotated[str, Field(min_length=1, max_length=100), OneLine]
"""Shorter: it is part of a key of the ledger."""

DescribedPaymentMethod = Annotated[
    PaymentMethod,
    Field(
        description="A token of the card provider, never a card number.",
        examples=["pm_card_visa"],
    ),
]
Pieces = Annotated[int, Field(strict=True, ge=1, le=MAX_PIECES)]
Stock = Annotated[int, Field(strict=True, ge=0, le=MAX_PIECES)]
Days = Annotated[float, Field(strict=True, gt=0, le=3650, allow_inf_nan=False)]


class Body(BaseModel):
    """A request's body; fields it does not know are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class NewCustomer(Body):
    """`POST /customers`."""

    id: Identifier
    name: Name
    email: Email


class NewCredit(Body):
    """`POST /customers/{id}/credits`; the reference is its idempotency key."""

    amount: PositiveCents
    reference: CreditReference


class NewCard(Body):
    """`PUT …/card`."""

    payment_method: DescribedPaymentMethod


class ProductData(Body):
    """`PUT /products/{sku}`."""

    name: Name
    price: Cents
    stock: Stock


class NewLine(Body):
    """So many pieces of a product; its price is ours to say."""

    sku: Identifier
    quantity: Pieces


class NewOrder(Body):
    """`POST /orders`."""

    customer_id: Identifier
    lines: Annotated[list[NewLine], Field(min_length=1, max_length=MAX_LINES)]
    policy: OrderPolicy = OrderPolicy.CHARGE_FIRST

    @field_validator("lines")
    @classmethod
    def _each_product_once(cls, lines: list[NewLine]) -> list[NewLine]:
        if len({line.sku for line in lines}) < len(lines):
            message = "must name each sku once at the most"
            raise ValueError(message)
        return lines


class NewPayment(Body):
    """`POST /payments`; the reference is its idempotency key."""

    customer_id: Identifier
    amount: Cents
    reference: Reference


class FastForward(Body):
    """`POST /dev/payments/{id}/fast-forward`; a fraction of a day will do."""

    days: Days


class OrderQuery(Body):
    """`GET /orders`: which orders, and how many at once."""

    customer_id: Identifier | None = None
    status: OrderStatus | None = None
    search: Annotated[
        Identifier | None,
        Field(description="What the order's id begins with, or is part of the customer's."),
    ] = None
    limit: Annotated[int, Field(ge=1, le=MAX_PAGE)] = 50
    cursor: Annotated[
        str | None, Field(max_length=200, description="`next_cursor` of the page before.")
    ] = None
