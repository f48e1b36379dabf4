"""The sample customers and products, and the order that `make run` leaves waiting for a card.

They are in web/src/shop/samples.json: the shop offers the same ones. Amounts are EUR cents.
"""

import json
import time
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from dev.story.shop import Shop
from dev.story.timeline import WAIT_LIMIT, StoryError

FILE = Path(__file__).parents[2] / "web" / "src" / "shop" / "samples.json"

POLL_SECONDS = 0.1


class Customer(BaseModel):
    """A customer, the credit that they begin with, and the token of their card, if any."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    name: str
    credit: int
    card: str | None


class Product(BaseModel):
    """A product, and how many pieces there are at first."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    sku: str
    name: str
    price: int
    stock: int


_read = json.loads(FILE.read_text())
CUSTOMERS = {one["id"]: Customer.model_validate(one) for one in _read["customers"]}
PRODUCTS = {one["sku"]: Product.model_validate(one) for one in _read["products"]}


def leave_samples(shop: Shop, customer: str, sku: str) -> str:
    """Registers the samples, each customer with their card, and leaves an order of `customer`,
    whose card does not pay, waiting for another one; returns its id.

    A repetition changes no balance: each customer gets their credit once. Raises StoryError if the
    payment does not wait.
    """
    for product in PRODUCTS.values():
        shop.stock_up(
            product.sku, product.name, product.price, at_least=product.stock, to=product.stock
        )
    for sample in CUSTOMERS.values():
        shop.create_customer(sample.id, sample.name)
        if sample.credit:
            shop.credit(sample.id, sample.credit, reference="welcome")
        if sample.card:
            shop.update_card(sample.id, sample.card)
    order = shop.place_order(customer, sku)
    end = time.monotonic() + WAIT_LIMIT
    while not _waits(shop, order):
        if time.monotonic() > end:
            raise StoryError(f"order {order}: its payment did not begin to wait for a card")
        time.sleep(POLL_SECONDS)
    return order


def _waits(shop: Shop, order: str) -> bool:
    payment = shop.order(order)["payment"]
    return payment is not None and payment["status"] == "awaiting_card"
