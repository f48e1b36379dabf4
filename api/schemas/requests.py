"""Bodies and query parameters of requests. Money is integer cents."""

from typing import Annotated, Any, cast

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from domain.field_types import (
    Email,
    Identifier,
    NoCardNumber,
    OneLine,
    PaymentMethod,
    Reference,
    RefundReference,
    StoredRefundReference,
)
from domain.money import Cents, PositiveCents
from domain.statuses import OrderPolicy, OrderStatus
from domain.subjects import Subject, customer_id_of

MAX_PIECES = 10**9
"""The largest stock and quantity; returned pieces keep any stock far inside a 64-bit integer."""

MAX_LINES = 100
MAX_LIMIT = 200


Name = Annotated[str, Field(min_length=1, max_length=200), OneLine]
CreditReference = Annotated[str, Field(min_length=1, max_length=100), OneLine]
"""Shorter than other references: it is part of a ledger key."""

Reason = Annotated[str, Field(min_length=1, max_length=500), OneLine, NoCardNumber]

DescribedPaymentMethod = Annotated[
    PaymentMethod,
    Field(
        description="A token of the card provider, such as pm_card_visa; never a card number.",
        examples=["pm_card_visa"],
    ),
]
Pieces = Annotated[int, Field(strict=True, ge=1, le=MAX_PIECES)]
Stock = Annotated[int, Field(strict=True, ge=0, le=MAX_PIECES)]
Days = Annotated[float, Field(strict=True, gt=0, le=3650, allow_inf_nan=False)]


class Body(BaseModel):
    """A request's body or query; unknown fields are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def _require_one(schema: dict[str, Any]) -> None:
    """`id` or `subject`, not both."""
    schema["required"].remove("id")
    schema["oneOf"] = [{"required": ["id"]}, {"required": ["subject"]}]


class NewCustomer(Body):
    """`POST /customers`: with an `id`, or with a `subject`, from which the id follows."""

    model_config = ConfigDict(json_schema_extra=_require_one)

    id: Identifier
    name: Name
    email: Email
    subject: Annotated[
        Subject,
        Field(
            default_factory=str,
            description="Of the customer's tokens, if it can't be an id itself.",
        ),
    ]

    @model_validator(mode="before")
    @classmethod
    def _id_of_the_subject(cls, data: Any) -> Any:
        fields = cast("dict[str, Any]", data) if isinstance(data, dict) else {}
        if "subject" not in fields:
            return cast("Any", data)
        if "id" in fields:
            message = "id must be left out: it follows from subject"
            raise ValueError(message)
        subject = fields["subject"]
        return {"id": customer_id_of(subject), **fields} if isinstance(subject, str) else fields


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
    """A quantity of a product; the service sets the price."""

    sku: Identifier
    quantity: Pieces


class NewOrder(Body):
    """`POST /orders`."""

    customer_id: Identifier
    lines: Annotated[list[NewLine], Field(min_length=1, max_length=MAX_LINES)]
    policy: OrderPolicy = OrderPolicy.CHARGE_FIRST
    expected_total: Annotated[
        Cents | None,
        Field(description="The total that the customer saw: at another one nothing is placed."),
    ] = None

    @field_validator("lines")
    @classmethod
    def _each_product_once(cls, lines: list[NewLine]) -> list[NewLine]:
        if len({line.sku for line in lines}) < len(lines):
            message = "must contain each sku at most once"
            raise ValueError(message)
        return lines


class NewPayment(Body):
    """`POST /payments`; the reference is its idempotency key."""

    customer_id: Identifier
    amount: Annotated[
        Cents,
        Field(
            description="0, or at least what a card can pay: 50 in EUR, another minimum in others."
        ),
    ]
    reference: Reference


class NewRefund(Body):
    """`POST /payments/{id}/refunds`; the reference is its idempotency key."""

    amount: PositiveCents
    reference: Annotated[
        RefundReference,
        Field(
            description="1 to 50 letters, digits, dots, colons, hyphens and underscores, a letter "
            "or digit first: it is part of the keys of events and transfers."
        ),
    ]
    replaces: Annotated[
        StoredRefundReference | None,
        Field(description="Reference of the refund, owed by us, that this one gives back."),
    ] = None


class Settlement(Body):
    """`POST /payments/{id}/refunds/{reference}/settle`: how the money was given back."""

    reason: Reason


class FastForward(Body):
    """`POST /dev/payments/{id}/fast-forward`; `days` may be a fraction."""

    days: Days


class OrderQuery(Body):
    """`GET /orders`: filters, and how many orders per response."""

    customer_id: Identifier | None = None
    status: OrderStatus | None = None
    search: Annotated[
        Identifier | None,
        Field(description="A prefix of the order's id, or a part of the customer's id."),
    ] = None
    limit: Annotated[int, Field(ge=1, le=MAX_LIMIT)] = 50
    cursor: Annotated[
        str | None, Field(max_length=200, description="`next_cursor` of the previous response.")
    ] = None


class CustomerQuery(Body):
    """`GET /operations/customers`: how many customers per response."""

    limit: Annotated[int, Field(ge=1, le=MAX_LIMIT)] = 50
    cursor: Annotated[
        Identifier | None, Field(description="`next_cursor` of the previous response.")
    ] = None
