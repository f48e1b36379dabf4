"""Amounts at Stripe, of every currency that Stripe lists."""

from decimal import Decimal

import pytest

from domain.money import format_decimal
from gateways.cards import ProviderRejectedError, ProviderUnavailableError
from gateways.stripe_amounts import from_provider, to_provider

# https://docs.stripe.com/currencies#presentment-currencies
LISTED = """
    AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BWP BYN BZD
    CAD CDF CHF CLP CNY COP CRC CVE CZK DJF DKK DOP DZD EGP ETB EUR FJD FKP GBP GEL GIP GMD GNF GTQ
    GYD HKD HNL HTG HUF IDR ILS INR ISK JMD JOD JPY KES KGS KHR KMF KRW KWD KYD KZT LAK LBP LKR LRD
    LSL MAD MDL MGA MKD MMK MNT MOP MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK
    PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SEK SGD SHP SLE SOS SRD STD SZL THB TJS TND TOP
    TRY TTD TWD TZS UAH UGX USD UYU UZS VND VUV WST XAF XCD XOF XPF YER ZAR ZMW
"""

# https://docs.stripe.com/currencies#zero-decimal, but for UGX: see the special cases there.
WHOLE = "BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF"
THREE_DECIMALS = "BHD JOD KWD OMR TND"


@pytest.mark.parametrize("currency", LISTED.split())
def test_the_same_money_is_told_and_read(currency: str) -> None:
    """A hundred minor units are a whole number of units, or end in a ten, in each of them."""
    decimals = 0 if currency in WHOLE else 3 if currency in THREE_DECIMALS else 2
    for amount in (0, 100, 2500, 123_400):
        sent = to_provider(amount, currency)
        money = Decimal(format_decimal(amount, currency))
        assert Decimal(sent).scaleb(-decimals) == money
        assert from_provider(sent, currency) == amount


@pytest.mark.parametrize(
    ("amount", "currency", "sent"),
    [
        (2501, "EUR", 2501),
        (501, "JPY", 501),
        (5, "ISK", 500),
        (5, "UGX", 500),
        (2501, "HUF", 2501),
        (2501, "TWD", 2501),
        (2500, "MGA", 25),
        (5120, "KWD", 5120),
    ],
)
def test_examples(amount: int, currency: str, sent: int) -> None:
    assert to_provider(amount, currency) == sent
    assert from_provider(sent, currency) == amount


@pytest.mark.parametrize(("amount", "currency"), [(5124, "KWD"), (2550, "MGA"), (1, "TND")])
def test_what_can_not_be_told_exactly_is_not_told(amount: int, currency: str) -> None:
    with pytest.raises(ProviderRejectedError, match=f"{amount}.*{currency}"):
        to_provider(amount, currency)


def test_what_can_not_be_read_exactly_is_not_read() -> None:
    with pytest.raises(ProviderUnavailableError, match=r"550.*ISK"):
        from_provider(550, "ISK")
