"""Money: integer minor units (cents) in the installation's one currency, never a float."""

from decimal import Decimal
from typing import Annotated

from pydantic import Field

MAX_CENTS = 10**12
"""The largest amount that requests may have; keeps every sum far inside a 64-bit integer."""

Cents = Annotated[int, Field(ge=0, le=MAX_CENTS, strict=True)]
"""An amount of money in minor units: 2500 is EUR 25.00."""

PositiveCents = Annotated[int, Field(gt=0, le=MAX_CENTS, strict=True)]
"""As `Cents`, but not zero."""


def withdrawable(balance: int, amount: int) -> int:
    """How many cents of `amount` an account holding `balance` cents can cover."""
    return min(balance, amount)


_WHOLE = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"
_THOUSANDTHS = "BHD IQD JOD KWD LYD OMR TND"
"""Currencies whose minor unit is not a hundredth, by ISO 4217.

Not from Babel: CLDR gives the digits that people use, e.g. none for HUF, whose minor unit is a
hundredth all the same, also in requests to the card provider.
"""


def format_decimal(amount: int, currency: str) -> str:
    """`amount` minor units as a decimal in major units: `25.00` for euros, `2500` for yen."""
    digits = 0 if currency in _WHOLE.split() else 3 if currency in _THOUSANDTHS.split() else 2
    return str(Decimal(amount).scaleb(-digits))


def format_amount(amount: int, currency: str) -> str:
    """`amount` minor units with their currency: `EUR 25.00`."""
    return f"{currency} {format_decimal(amount, currency)}"
