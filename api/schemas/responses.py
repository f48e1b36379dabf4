"""What is answered, as the REST contract has it. Money is integer cents."""

from datetime import datetime
from typing import Any, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict

from config import Auth, Settings
from domain import customer, order, payment, product
from domain.statuses import (
    CancellationReason,
    OrderPolicy,
    OrderStatus,
    PaymentStatus,
    ShipmentStatus,
)


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
