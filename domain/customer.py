"""A customer, with the balance of their account and their card."""

from pydantic import BaseModel, ConfigDict, Field


class Card(BaseModel):
    """What may be shown of a card; the card itself never leaves the card provider."""

    model_config = ConfigDict(frozen=True)

    brand: str
    last4: str
    exp_month: int
    exp_year: int


class Customer(BaseModel):
    """A customer; `balance` in cents."""

    model_config = ConfigDict(frozen=True)

    id: str
    name: str
    email: str
    balance: int = Field(ge=0)
    currency: str
    card: Card | None = None
