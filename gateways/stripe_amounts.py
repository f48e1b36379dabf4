"""Amounts as Stripe's API has them: https://docs.stripe.com/currencies#minor-units.

The product's amounts are in the minor units of ISO 4217, and Stripe's are too, but for the
currencies below.
"""

from gateways.cards import ProviderRejectedError, ProviderUnavailableError

_HUNDREDFOLD = frozenset({"ISK", "UGX"})
"""Without minor unit by ISO 4217, with two decimals at Stripe, which have to be 00.

Source: https://docs.stripe.com/currencies#special-cases
"""

_HUNDREDTH = frozenset({"MGA"})
"""With two decimals by ISO 4217, without any at Stripe.

Source: https://docs.stripe.com/currencies#zero-decimal
"""

_TENS = frozenset({"BHD", "JOD", "KWD", "OMR", "TND"})
"""With three decimals, of which the last has to be 0 at Stripe.

Source: https://docs.stripe.com/currencies#three-decimal
"""


def to_provider(amount: int, currency: str) -> int:
    """`amount` minor units as Stripe has them.

    Raises `ProviderRejectedError` for an amount without an exact equivalent.
    """
    if currency in _HUNDREDFOLD:
        return amount * 100
    if (currency in _HUNDREDTH and amount % 100) or (currency in _TENS and amount % 10):
        raise ProviderRejectedError(_inexact(amount, currency))
    return amount // 100 if currency in _HUNDREDTH else amount


def from_provider(amount: int, currency: str) -> int:
    """An amount of Stripe's in minor units.

    Raises `ProviderUnavailableError` for parts of one: it has been taken, so nothing was refused.
    """
    if currency in _HUNDREDTH:
        return amount * 100
    if currency not in _HUNDREDFOLD:
        return amount
    if amount % 100:
        raise ProviderUnavailableError(_inexact(amount, currency))
    return amount // 100


def _inexact(amount: int, currency: str) -> str:
    return (
        f"An amount of {amount} {currency} has no exact equivalent at the card provider. "
        "Use another CURRENCY."
    )
