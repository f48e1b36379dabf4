"""What goes over the wire, as the REST contract has it. Money is integer cents."""

from datetime import datetime
from typing import Annotated, Any, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, field_validator

from config import Auth, Settings
from domain import customer, order, payment, product
from domain.forms import Identifier, OneLine, PaymentMethod, Reference
from domain.money import Cents, PositiveCents
from domain.names import (
    CancellationReason,
    OrderPolicy,
    OrderStatus,
    PaymentStatus,
    ShipmentStatus,
)

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


class Card(BaseModel):
    """What may be shown of a card."""

    model_config = ConfigDict(from_attributes=True)

    brand: str
    last4: str
    exp_month: int
    exp_year: int


class Customer(BaseModel):
    """A customer; `balance` in cents."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    name: str
    email: str
    balance: int
    currency: str
    card: Card | None

    @classmethod
    def of(cls, customer: customer.Customer) -> Self:
        """As it is now."""
        return cls.model_validate(customer)


class CardUpdate(BaseModel):
    """A customer's new card, and the waiting payments that were told of it."""

    card: Card
    payments: list[str]


class Product(BaseModel):
    """A product; `price` in cents."""

    model_config = ConfigDict(from_attributes=True)

    sku: str
    name: str
    price: int
    currency: str
    stock: int

    @classmethod
    def of(cls, product: product.Product) -> Self:
        """As it is now."""
        return cls.model_validate(product)


class ProductList(BaseModel):
    """Every product, by sku."""

    products: list[Product]


class CardRequest(BaseModel):
    """What a card is asked for: `amount` in cents, until `deadline`; nothing of the customer."""

    status: PaymentStatus
    amount: int
    currency: str
    deadline: AwareDatetime | None

    @classmethod
    def of(cls, payment: payment.Payment) -> Self:
        """As it was written down last."""
        return cls(
            status=payment.status,
            amount=payment.rest,
            currency=payment.currency,
            deadline=payment.deadline,
        )


class PaymentFailure(BaseModel):
    """Why the card did not pay."""

    model_config = ConfigDict(from_attributes=True)

    code: str
    message: str


class Payment(BaseModel):
    """A payment; amounts in cents, `now` on its own clock."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    reference: str
    customer_id: str
    status: PaymentStatus
    amount: int
    withdrawn: int
    charged: int
    refunded: int
    currency: str
    failure: PaymentFailure | None
    deadline: AwareDatetime | None
    reminders_sent: int
    next_reminder_at: AwareDatetime | None
    now: AwareDatetime

    @classmethod
    def of(cls, payment: payment.Payment, now: datetime) -> Self:
        """As it was written down last, at `now`."""
        shown = {name: getattr(payment, name) for name in cls.model_fields if name != "now"}
        return cls.model_validate(shown | {"now": now})


class Line(BaseModel):
    """`quantity` pieces at `price` cents each."""

    model_config = ConfigDict(from_attributes=True)

    sku: str
    name: str
    quantity: int
    price: int


class Shipment(BaseModel):
    """What the carrier knows the goods by."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    tracking_number: str
    status: ShipmentStatus


class Order(BaseModel):
    """An order and its payment; amounts in cents."""

    id: str
    customer_id: str
    policy: OrderPolicy
    status: OrderStatus
    reason: CancellationReason | None
    lines: list[Line]
    total: int
    currency: str
    payment: Payment | None
    shipment: Shipment | None
    placed_at: AwareDatetime
    updated_at: AwareDatetime

    @classmethod
    def of(cls, order: order.Order, payment: Payment | None) -> Self:
        """As they were written down last."""
        shown = {name: getattr(order, name) for name in cls.model_fields if name != "payment"}
        return cls.model_validate(shown | {"payment": payment}, from_attributes=True)


class OrderPage(BaseModel):
    """The newest orders first; `next_cursor` leads to older ones."""

    orders: list[Order]
    next_cursor: str | None


class Event(BaseModel):
    """What happened, in the talk's words; numbered from 1."""

    model_config = ConfigDict(from_attributes=True)

    sequence: int
    type: str
    at: AwareDatetime
    data: dict[str, Any]


class EventList(BaseModel):
    """Everything that happened so far."""

    events: list[Event]


class UiConfig(BaseModel):
    """What the web page goes by."""

    auth: Auth
    currency: str
    development_mode: bool
    temporal_ui_url: str
    temporal_namespace: str

    @classmethod
    def of(cls, settings: Settings, namespace: str) -> Self:
        """Nothing of the settings that is not everybody's business."""
        return cls(
            auth=settings.auth,
            currency=settings.currency,
            development_mode=settings.development_mode,
            temporal_ui_url=settings.temporal_ui_url.rstrip("/"),
            temporal_namespace=namespace,
        )


class Health(BaseModel):
    """`ok`."""

    status: str


class HeardEvent(BaseModel):
    """What came of an event: `told`, `noted`, `known` before or `ignored`."""

    outcome: str
