"""A product: what we sell, at which price, and how much of it there is."""

from pydantic import BaseModel, ConfigDict, Field

from domain.money import Cents


class Product(BaseModel):
    """`stock` pieces can be sold now, `price` in cents."""

    model_config = ConfigDict(frozen=True)

    sku: str
    name: str
    price: Cents
    currency: str
    stock: int = Field(ge=0)
