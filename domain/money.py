"""Money: integer minor units (cents) in the installation's one currency, never a float."""

from decimal import Decimal
from typing import Annotated

from pydantic import Field


class AmountMismatchError(Exception):
    """The card provider reports another amount or currency than it should: none of it is booked.

    A fault, which a person has to look at.
    """


MAX_CENTS = 10**12
"""The largest amount that requests may have; keeps every sum far inside a 64-bit integer."""

Cents = Annotated[int, Field(ge=0, le=MAX_CENTS, strict=True)]
"""An amount of money in minor units: 2500 is EUR 25.00."""

PositiveCents = Annotated[int, Field(gt=0, le=MAX_CENTS, strict=True)]
"""As `Cents`, but not zero."""


_EXACT = """
    AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BIF BMD BND BOB BRL BSD BWP BYN BZD CAD
    CDF CHF CLP CNY COP CRC CVE CZK DJF DKK DOP DZD EGP ETB EUR FJD FKP GBP GEL GIP GMD GNF GTQ GYD
    HKD HNL HTG HUF IDR ILS INR ISK JMD JPY KES KGS KHR KMF KRW KYD KZT LAK LBP LKR LRD LSL MAD MDL
    MKD MMK MNT MOP MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN PYG QAR
    RON RSD RUB RWF SAR SBD SCR SEK SGD SHP SLE SOS SRD SZL THB TJS TOP TRY TTD TWD TZS UAH UGX USD
    UYU UZS VND VUV WST XAF XCD XOF XPF YER ZAR ZMW
"""

EXACT_CURRENCIES = frozenset(_EXACT.split())
"""Currencies whose amounts in minor units all have an exact equivalent at the card provider.

Source: https://docs.stripe.com/currencies#presentment-currencies, without those of which Stripe
does not take every minor unit: BHD, JOD, KWD, OMR, TND (the last digit must be 0) and MGA (none).
"""

_MINIMUM_CHARGES = {
    30: "GBP",
    50: "ARS AUD BRL CAD CHF COP EUR IDR ILS INR JPY KRW NZD PHP RUB SGD USD ZAR",
    100: "BGN",
    200: "AED MYR PLN RON",
    250: "DKK",
    300: "NOK SEK",
    400: "HKD",
    1000: "MXN THB",
    1500: "CZK",
    17500: "HUF",
}
"""By minor units: the currencies of which a card can't be charged less, if the account settles in
the same currency.

Source: https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts
"""


def minimum_charge(currency: str) -> int:
    """The smallest amount, in minor units, that the card provider charges to a card.

    1 for currencies without a documented minimum.
    """
    minima = (amount for amount, names in _MINIMUM_CHARGES.items() if currency in names.split())
    return next(minima, 1)


def is_payable(amount: int, currency: str) -> bool:
    """Whether a payment may be of `amount` minor units: of nothing, or what a card can pay."""
    return amount == 0 or amount >= minimum_charge(currency)


def withdrawable(balance: int, amount: int, currency: str) -> int:
    """How much of `amount` to withdraw from an account that holds `balance`, in minor units.

    All that it covers, but the rest is nothing or what a card can pay: the account pays so much
    less. For an amount that itself is less than a card can pay, all that it covers.
    """
    covered = min(balance, amount)
    if is_payable(amount, currency) and not is_payable(amount - covered, currency):
        return amount - minimum_charge(currency)
    return covered


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
