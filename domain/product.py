"""A product, with its price and stock."""

from pydantic import BaseModel, ConfigDict, Field

from domain.money import Cents


class Product(BaseModel):
    """A product with `stock` pieces for sale; `price` in cents."""

    model_config = ConfigDict(frozen=True)

    sku: str
    name: str
    price: Cents
    currency: str
    stock: int = Field(ge=0)
