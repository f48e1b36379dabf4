"""Amounts that Stripe takes: https://docs.stripe.com/currencies."""

from dev.simulators.cards.protocol.errors import InvalidRequestError, too_low

ZERO_DECIMAL = frozenset(
    {"bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga"}
    | {"pyg", "rwf", "vnd", "vuv", "xaf", "xof", "xpf"}
)
"""Charged in whole units: https://docs.stripe.com/currencies#zero-decimal."""

THREE_DECIMAL = frozenset({"bhd", "jod", "kwd", "omr", "tnd"})
"""The last of the three digits must be 0."""

WHOLE = frozenset({"isk", "ugx"})
"""Two decimals, which must be 00: https://docs.stripe.com/currencies#special-cases."""

MINIMUM = {
    **dict.fromkeys(("usd", "aud", "brl", "cad", "chf", "eur", "inr", "nzd", "sgd"), 50),
    **dict.fromkeys(("aed", "myr", "pln", "ron"), 200),
    **dict.fromkeys(("nok", "sek"), 300),
    **dict.fromkeys(("mxn", "thb"), 1000),
    "bgn": 100,
    "czk": 1500,
    "dkk": 250,
    "gbp": 30,
    "hkd": 400,
    "huf": 17500,
    "jpy": 50,
}
"""By settlement currency, in minor units.

Source: https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts
"""

PER_EURO = {
    "aed": 4.2, "aud": 1.75, "bgn": 1.96, "brl": 6.3, "cad": 1.6, "chf": 0.93, "czk": 24.5,
    "dkk": 7.46, "eur": 1.0, "gbp": 0.87, "hkd": 9.0, "huf": 390.0, "inr": 102.0, "jpy": 178.0,
    "mxn": 21.5, "myr": 4.85, "nok": 11.7, "nzd": 2.0, "pln": 4.25, "ron": 5.09, "sek": 11.0,
    "sgd": 1.5, "thb": 37.5, "usd": 1.16,
}  # fmt: skip
"""Units for one euro: the simulator's own rates, as Stripe's change. Others are not converted."""

LARGEST = {"idr": 999_999_999_999, "inr": 999_999_999}
"""In minor units; for other currencies `LARGEST_OF_OTHERS`."""

LARGEST_OF_OTHERS = 99_999_999

_SUPPORTED = """
    usd aed afn all amd ang aoa ars aud awg azn bam bbd bdt bgn bhd bif bmd bnd bob brl bsd bwp byn
    bzd cad cdf chf clp cny cop crc cve czk djf dkk dop dzd egp etb eur fjd fkp gbp gel gip gmd gnf
    gtq gyd hkd hnl htg huf idr ils inr isk jmd jod jpy kes kgs khr kmf krw kwd kyd kzt lak lbp lkr
    lrd lsl mad mdl mga mkd mmk mnt mop mur mvr mwk mxn myr mzn nad ngn nio nok npr nzd omr pab pen
    pgk php pkr pln pyg qar ron rsd rub rwf sar sbd scr sek sgd shp sle sos srd std szl thb tjs tnd
    top try ttd twd tzs uah ugx uyu uzs vnd vuv wst xaf xcd xof xpf yer zar zmw
"""

SUPPORTED = frozenset(_SUPPORTED.split())
"""https://docs.stripe.com/currencies#presentment-currencies."""


def minimum(currency: str, settlement: str) -> int:
    """The smallest amount that a card can be charged, in minor units of `currency`.

    Another currency than the one that the account settles in must convert to that one's minimum.
    """
    if currency == settlement or currency not in PER_EURO or settlement not in PER_EURO:
        return MINIMUM.get(currency, 1)
    euros = MINIMUM[settlement] / _units(settlement) / PER_EURO[settlement]
    return -int(-euros * PER_EURO[currency] * _units(currency) // 1)


def check(amount: int, currency: str, settlement: str) -> None:
    """Raises InvalidRequestError unless a card can be charged with this amount."""
    if currency not in SUPPORTED:
        message = f"Invalid currency: {currency}. Stripe currently supports these currencies: usd"
        raise InvalidRequestError(message, param="currency")
    if amount < 1:
        raise too_low("amount")
    check_decimals(amount, currency)
    largest = LARGEST.get(currency, LARGEST_OF_OTHERS)
    if amount > largest:
        message = f"Amount must be no more than {written(largest, currency)}"
        raise InvalidRequestError(message, code="amount_too_large", param="amount")
    least = minimum(currency, settlement)
    if amount < least:
        message = f"Amount must be at least {written(least, currency)}"
        if currency != settlement:
            message = (
                f"Amount must convert to at least {MINIMUM[settlement]} cents. "
                f"{written(amount, currency)} converts to less."
            )
        raise InvalidRequestError(message, code="amount_too_small", param="amount")


def check_decimals(amount: int, currency: str) -> None:
    """Raises InvalidRequestError for a part of a unit that the currency does not have."""
    if currency in WHOLE and amount % 100:
        # https://support.stripe.com/questions/deprecation-of-fractional-isk-charges-and-refunds
        raise InvalidRequestError(
            f"Invalid amount. Currency {currency.upper()} has become effectively zero-decimal and "
            "charged amounts must be evenly divisible by 100. See "
            "https://stripe.com/docs/currencies#special-cases for more information.",
            code="invalid_charge_amount_no_decimal_compatible",
            param="amount",
        )
    if currency in THREE_DECIMAL and amount % 10:
        raise InvalidRequestError(
            f"Invalid amount. The last digit of an amount in {currency.upper()} must be 0.",
            param="amount",
        )


def written(amount: int, currency: str) -> str:
    """For people: `EUR 25.00`."""
    digits = len(str(_units(currency))) - 1
    whole, part = divmod(amount, 10**digits)
    return f"{currency.upper()} {whole}" + (f".{part:0{digits}}" if digits else "")


def _units(currency: str) -> int:
    """Minor units of one unit."""
    if currency in ZERO_DECIMAL:
        return 1
    return 1000 if currency in THREE_DECIMAL else 100
