"""Money: integer minor units (cents) in the installation's one currency, never a float."""

from typing import Annotated

from pydantic import Field

MAX_CENTS = 10**12
"""The largest amount that is taken at the door; keeps every sum far inside a 64-bit integer."""

Cents = Annotated[int, Field(ge=0, le=MAX_CENTS, strict=True)]
"""An amount of money in minor units: 2500 is EUR 25.00."""

PositiveCents = Annotated[int, Field(gt=0, le=MAX_CENTS, strict=True)]
"""As `Cents`, where nothing would make no sense."""


def withdrawable(balance: int, amount: int) -> int:
    """How many cents of `amount` an account holding `balance` cents can cover."""
    return min(balance, amount)


def written(amount: int, currency: str) -> str:
    """`amount` cents as people read it: `EUR 25.00`."""
    whole, cents = divmod(amount, 100)
    return f"{currency} {whole}.{cents:02}"
