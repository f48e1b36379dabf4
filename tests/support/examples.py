"""Customers, products, orders and payments as tests need them; amounts in cents."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection

from domain.order import Order, OrderLine
from domain.payment import Payment, PaymentFailure
from domain.product import Product
from domain.statuses import OrderPolicy
from domain.waiting_period import PaymentTerms
from storage import charges, customers, inventory

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
EUR = "EUR"


def later(**duration: float) -> datetime:
    """So long after NOON."""
    return NOON + timedelta(**duration)


def line(sku: str = "pond-lily", quantity: int = 1, price: int = 2500) -> OrderLine:
    """An order's line."""
    return OrderLine(sku=sku, name=f"The {sku}", quantity=quantity, price=price)


def order(
    id: str = "o-1",
    *lines: OrderLine,
    policy: OrderPolicy = OrderPolicy.CHARGE_FIRST,
    customer_id: str = "kermit",
    placed_at: datetime = NOON,
) -> Order:
    """An order that nothing has happened to yet."""
    return Order(
        id=id,
        customer_id=customer_id,
        policy=policy,
        lines=lines or (line(),),
        currency=EUR,
        placed_at=placed_at,
        updated_at=placed_at,
    )


def payment(
    id: str = "p-1",
    amount: int = 2500,
    *,
    customer_id: str = "kermit",
    terms: PaymentTerms | None = None,
    requested_at: datetime = NOON,
) -> Payment:
    """A payment that nothing has happened to yet."""
    return Payment(
        id=id,
        reference="order o-1",
        customer_id=customer_id,
        amount=amount,
        currency=EUR,
        terms=terms or PaymentTerms(),
        requested_at=requested_at,
        updated_at=requested_at,
    )


def product(sku: str = "pond-lily", stock: int = 10, price: int = 2500) -> Product:
    """A product."""
    return Product(sku=sku, name=f"The {sku}", price=price, currency=EUR, stock=stock)


def add_customer(tx: Connection, id: str = "kermit", balance: int = 0) -> None:
    """Create a customer who has been given their balance."""
    customers.create(tx, id, id.title(), f"{id}@example.com", EUR)
    if balance:
        customers.credit(tx, id, balance, "example")


def add_product(tx: Connection, sku: str = "pond-lily", stock: int = 10) -> None:
    """Put a product into the inventory."""
    inventory.put(tx, product(sku, stock))


def add_unauthenticated(tx: Connection, payment_id: str, open_id: str = "pi_open") -> None:
    """Let a charge of the payment fail that its customer may still authenticate."""
    charge = charges.begin(tx, payment_id, 1, "pm_card_authenticationRequired", NOON)
    why = PaymentFailure(code="authentication_required", message="Authentication is required.")
    charges.settle(tx, charge.model_copy(update={"failure": why}))
    charges.keep_open(tx, charge, open_id)
