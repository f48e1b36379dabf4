"""The responses of the REST contract. Money is integer cents."""

from datetime import datetime
from typing import Annotated, Any, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from config import Auth, Settings
from domain import customer, order, payment, product
from domain.statuses import (
    CancellationReason,
    OrderPolicy,
    OrderStatus,
    PaymentStatus,
    ShipmentStatus,
)


class CardResponse(BaseModel):
    """The non-secret details of a card."""

    model_config = ConfigDict(from_attributes=True)

    brand: str
    last4: str
    exp_month: int
    exp_year: int


class CustomerResponse(BaseModel):
    """A customer; `balance` in cents."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    name: str
    email: str
    balance: int
    currency: str
    card: CardResponse | None

    @classmethod
    def of(cls, customer: customer.Customer) -> Self:
        """Convert from the domain."""
        return cls.model_validate(customer)


class CustomerList(BaseModel):
    """Customers by id; `next_cursor` leads to those after them."""

    customers: list[CustomerResponse]
    next_cursor: str | None


class CardUpdateResponse(BaseModel):
    """A customer's new card, and the ids of the waiting payments that were notified of it."""

    card: CardResponse
    payments: list[str]


class ProductResponse(BaseModel):
    """A product; `price` in cents."""

    model_config = ConfigDict(from_attributes=True)

    sku: str
    name: str
    price: int
    currency: str
    stock: int

    @classmethod
    def of(cls, product: product.Product) -> Self:
        """Convert from the domain."""
        return cls.model_validate(product)


class ProductList(BaseModel):
    """Every product, by sku."""

    products: list[ProductResponse]


class PaymentFailureResponse(BaseModel):
    """Why the card was declined; `message` is for the customer."""

    model_config = ConfigDict(from_attributes=True)

    code: Annotated[
        str,
        Field(
            description="The card provider's error code, or `no_card`.", examples=["card_declined"]
        ),
    ]
    decline_code: Annotated[
        str | None,
        Field(
            description=(
                "The reason, if there is one: a decline code of the card provider, or `retry_limit`"
                " if the card's network allows no further attempt for now. Customers see "
                "`generic_decline` instead of lost, stolen and fraud."
            ),
            examples=["insufficient_funds"],
        ),
    ]
    message: Annotated[str, Field(examples=["Your card has insufficient funds."])]


class PaymentResponse(BaseModel):
    """A payment; amounts in cents, `now` is the time of the payment's clock."""

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
    failure: PaymentFailureResponse | None
    deadline: AwareDatetime | None
    reminders_sent: int
    next_reminder_at: AwareDatetime | None
    now: AwareDatetime

    @classmethod
    def of(cls, payment: payment.Payment, now: datetime) -> Self:
        """Convert from the domain."""
        fields = {name: getattr(payment, name) for name in cls.model_fields if name != "now"}
        return cls.model_validate(fields | {"now": now})


class OrderLineResponse(BaseModel):
    """`quantity` pieces at `price` cents each."""

    model_config = ConfigDict(from_attributes=True)

    sku: str
    name: str
    quantity: int
    price: int


class ShipmentResponse(BaseModel):
    """The carrier's ids for the goods, and their status."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    tracking_number: str
    status: ShipmentStatus


class OrderResponse(BaseModel):
    """An order and its payment; amounts in cents."""

    id: str
    customer_id: str
    policy: OrderPolicy
    status: OrderStatus
    reason: CancellationReason | None
    lines: list[OrderLineResponse]
    total: int
    currency: str
    payment: PaymentResponse | None
    shipment: ShipmentResponse | None
    placed_at: AwareDatetime
    updated_at: AwareDatetime

    @classmethod
    def of(cls, order: order.Order, payment: PaymentResponse | None) -> Self:
        """Convert from the domain."""
        fields = {name: getattr(order, name) for name in cls.model_fields if name != "payment"}
        return cls.model_validate(fields | {"payment": payment}, from_attributes=True)


class OrderList(BaseModel):
    """Newest orders first; `next_cursor` leads to older ones."""

    orders: list[OrderResponse]
    next_cursor: str | None


class EventResponse(BaseModel):
    """A domain event; `sequence` counts from 1."""

    model_config = ConfigDict(from_attributes=True)

    sequence: int
    type: str
    at: AwareDatetime
    data: dict[str, Any]


class StreamedEventResponse(EventResponse):
    """An event in a stream of several: `of` is `order/<id>` or `payment/<id>`."""

    of: str


class EventList(BaseModel):
    """All events so far."""

    events: list[EventResponse]


class CardScript(BaseModel):
    """Stripe.js, which authenticates charges in the customer's browser."""

    url: str
    publishable_key: str


class UiConfig(BaseModel):
    """The configuration of the web page; without a `card_script` it authenticates no charge."""

    auth: Auth
    currency: str
    development_mode: bool
    temporal_ui_url: str
    temporal_namespace: str
    card_script: CardScript | None
    customer_claim: str = Field(description="The claim that a token's customer follows from.")
    fault_injection: bool = Field(description="Whether faults can be injected here.")

    @classmethod
    def of(cls, settings: Settings, namespace: str) -> Self:
        """Only settings that are public."""
        key = settings.stripe_publishable_key
        script = CardScript(url=f"{settings.stripe_js_base}/v3/", publishable_key=key)
        return cls(
            auth=settings.auth,
            currency=settings.currency,
            development_mode=settings.development_mode,
            temporal_ui_url=settings.temporal_ui_url.rstrip("/"),
            temporal_namespace=namespace,
            card_script=script if key else None,
            customer_claim=settings.jwt_customer_claim,
            fault_injection=settings.development_mode and bool(settings.stack_socket),
        )


class HealthResponse(BaseModel):
    """`status` is `ok`."""

    status: str


class WebhookResponse(BaseModel):
    """How an event was handled.

    `told`: its payment was notified, or its refund or dispute was recorded; `noted`: no payment is
    concerned; `known`: it was handled before; `ignored`: of another type, shape, mode or account.
    """

    outcome: str
